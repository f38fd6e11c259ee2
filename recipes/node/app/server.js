// Answers how many km/h a number of knots is, by the program that the image's build has made.
const { execFile } = require('node:child_process');
const { createServer } = require('node:http');

createServer((request, response) => {
  const knots = new URL(request.url, 'http://localhost').searchParams.get('knots') ?? '';
  if (!/^[0-9]{1,4}$/.test(knots)) {
    response.writeHead(400).end('knots is a number of at most four digits\n');
    return;
  }
  execFile('/srv/app/native/knots', [knots], (error, output) => {
    response.writeHead(error ? 500 : 200).end(error ? 'no answer\n' : output);
  });
}).listen(80);
