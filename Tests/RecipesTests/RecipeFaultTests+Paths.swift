extension RecipeFaultTests {
  static let paths: [Case] = [
    Case(
      "application: {source: ../app, destination: /srv/app}",
      """
      recipe.yaml:6:23: 'source' leaves the recipe's folder: '../app'
      hint: copy what the recipe needs into its folder
      """),
    Case(
      "application: {source: /etc, destination: /srv/app}",
      """
      recipe.yaml:6:23: 'source' must be relative to the recipe's folder, not '/etc'
      hint: copy what the recipe needs into its folder
      """),
    Case(
      "application: {source: ap, destination: /srv/app}",
      """
      recipe.yaml:6:23: 'source' names 'ap', which doesn't exist
      hint: did you mean 'app'?
      """),
    Case(
      "application: {source: requirements.in, destination: /srv/app}",
      "recipe.yaml:6:23: 'source' must name a folder, not the file 'requirements.in'"),
    Case(
      "application: {source: outside, destination: /srv/app}",
      """
      recipe.yaml:6:23: 'source' leaves the recipe's folder through a symbolic link: 'outside'
      hint: replace the link by what it points to
      """),
    Case(
      "application: {source: app/../../x, destination: /srv/app}",
      """
      recipe.yaml:6:23: 'source' leaves the recipe's folder: 'app/../../x'
      hint: copy what the recipe needs into its folder
      """),
    Case(
      "application: {source: app, destination: srv/app}",
      """
      recipe.yaml:6:41: 'destination' must be an absolute path, not 'srv/app'
      hint: write '/srv/app'
      """),
    Case(
      "application: {source: app, destination: /srv/../app}",
      "recipe.yaml:6:41: 'destination' may not hold '.' or '..': '/srv/../app'"),
    Case(
      "application: {source: app, destination: /srv//app/}",
      """
      recipe.yaml:6:41: 'destination' isn't in its shortest form: '/srv//app/'
      hint: write '/srv/app'
      """),
    Case(
      "application: {source: app, destination: /}",
      "recipe.yaml:6:41: 'destination' can't be the root folder"),
    Case(
      "application: {source: app, destination: /run/app}",
      "recipe.yaml:6:41: 'destination' can't lie in /run, which a machine fills anew when it boots"),
    Case(
      "python: {requirements: app}",
      "recipe.yaml:6:24: 'requirements' must name a file, not the folder 'app'"),
    Case(
      "files: [{source: templates/nginx.cnf, destination: /a}]",
      """
      recipe.yaml:6:18: 'source' names 'templates/nginx.cnf', which doesn't exist
      hint: did you mean 'templates/nginx.conf'?
      """),
    Case(
      """
      files:
        - {source: app, destination: /a}
        - {source: app, destination: /a}
      """,
      """
      recipe.yaml:8:5: the destination '/a' stands here a second time
      hint: it first stands in line 7; remove one of them
      """),
    Case(
      """
      application: {source: app, destination: /opt/venv/app}
      python: {requirements: []}
      """,
      """
      recipe.yaml:6:23: the application's folder /opt/venv/app and the Python environment /opt/venv lie in one another
      hint: move one of them; each becomes a layer of its own
      """),
    Case(
      "state: [/var/lib/a, /var/lib/a/b]",
      """
      recipe.yaml:6:21: an element of 'state' is /var/lib/a/b, which lies in /var/lib/a
      hint: the other is in line 6; keep the outer one
      """),
    Case(
      "state: [/tmp]",
      "recipe.yaml:6:9: an element of 'state' can't lie in /tmp, which a machine fills anew when it boots"),
    Case(
      "state: [/srv/a, /srv/a]",
      """
      recipe.yaml:6:17: an element of 'state' is /srv/a a second time
      hint: the other is in line 6; keep the outer one
      """),
  ]
}
