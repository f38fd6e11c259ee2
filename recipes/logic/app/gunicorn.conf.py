"""How gunicorn runs the site. nginx buffers requests and answers, so few processes go a long way."""

workers = 2
# Imported once, before the workers are forked: half the memory, and a broken release fails at its start.
preload_app = True
timeout = 30
graceful_timeout = 25
# Workers are renewed now and then, each at another moment.
max_requests = 5000
max_requests_jitter = 1000
worker_tmp_dir = "/dev/shm"
# systemd holds the socket, nginx the access log and `systemctl` the controls.
accesslog = None
control_socket_disable = True
