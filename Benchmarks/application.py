"""Makes an application of so many files, the same every time: application.py FOLDER FILES

Forty to a folder; every other file is a Python module of some sixty lines, the others are templates and style sheets.
"""
import os
import sys

folder, files = sys.argv[1], int(sys.argv[2])


def module(number):
    lines = ['"""Views of part %d."""' % number, "import json", ""]
    for n in range(12):
        lines += [
            "", f"def view_{number}_{n}(request, key=None, limit={n * 10}):",
            f"    rows = [row for row in request.rows if row.part == {number} and row.size > limit]",
            "    if key is not None:",
            f"        rows.sort(key=lambda row: (row.{'name' if n % 2 else 'size'}, key))",
            f'    return json.dumps({{"view": "{number}.{n}", "rows": rows[:limit]}})',
        ]
    return "\n".join(lines) + "\n"


for number in range(files):
    package = os.path.join(folder, "part%04d" % (number // 40))
    os.makedirs(package, exist_ok=True)
    if number % 2 == 0:
        name, text = "module%d.py" % number, module(number)
    elif number % 4 == 1:
        name, text = "page%d.html" % number, "<p>{{ entry.text }}</p>\n" * (20 + number % 50)
    else:
        name, text = "style%d.css" % number, ".entry%d { margin: 0 auto; }\n" % number * (10 + number % 90)
    with open(os.path.join(package, name), "w") as file:
        file.write(text)
