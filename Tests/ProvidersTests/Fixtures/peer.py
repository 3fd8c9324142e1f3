#!/usr/bin/python3
"""Runs a real server beside the tests: peer.py moto|podman|libvirt DIRECTORY

When it answers, DIRECTORY/ready holds the environment for the scripts as JSON. It ends, with all that it made, when standard input
does: also when the tests are killed.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
kind, home = sys.argv[1:3]
ended = contextlib.ExitStack()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, **more):
    child = subprocess.Popen(command, stdout=open(f"{home}/log", "ab"), stderr=subprocess.STDOUT, start_new_session=True, **more)

    def end():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    ended.callback(end)


def wait_for(check):
    for _ in range(1200):
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return check()
        time.sleep(0.05)
    raise SystemExit(f"{kind} did not answer; see {home}/log")


def moto():
    """EC2's API, which refuses images and instance types that there are not."""
    tools = subprocess.check_output([f"{REPOSITORY}/scripts/python-tools"], text=True).strip()
    port = free_port()
    start([f"{tools}/moto_server", "-H", "127.0.0.1", "-p", str(port)], env={
        **os.environ, "MOTO_ENABLE_AMI_VALIDATION": "true", "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true"})
    wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close())
    return {"PATH": f"{tools}:/usr/bin:/bin", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "2"}


def podman():
    """Docker's API over a socket, with an image of busybox whose containers do nothing but be there."""
    with open(f"{home}/containers.conf", "w") as file:
        file.write('[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
                   '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n')
    environment = {**os.environ, "CONTAINERS_CONF": f"{home}/containers.conf"}
    command = ["podman", "--root", f"{home}/store", "--runroot", f"{home}/run", "--storage-driver", "vfs"]
    os.makedirs(f"{home}/image/bin")
    shutil.copy("/bin/busybox", f"{home}/image/bin/")
    with subprocess.Popen(["tar", "-C", f"{home}/image", "-c", "."], stdout=subprocess.PIPE) as archive:
        subprocess.run([*command, "import", "--change", 'CMD ["/bin/busybox", "sleep", "100000"]', "-", "localhost/media-2.4"],
                       stdin=archive.stdout, check=True, capture_output=True, env=environment)
    start([*command, "system", "service", "--time=0", f"unix://{home}/socket"], env=environment)
    ended.callback(subprocess.run, [*command, "rm", "--all", "--force", "--time=0"], env=environment, capture_output=True)

    def connect():
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(f"{home}/socket")

    wait_for(connect)
    return {"DOCKER_HOST": f"unix://{home}/socket"}


def libvirt():
    """libvirt's test driver over its real protocol. It keeps what there is while one connection is open, and has no vol-upload: a
    small virsh of this directory takes these, and looks whether the node's token is in what is uploaded."""
    port = free_port()
    os.chmod(home, 0o777)
    with open(f"{home}/libvirtd.conf", "w") as file:
        file.write(f'listen_tcp = 1\nlisten_addr = "127.0.0.1"\ntcp_port = "{port}"\nauth_tcp = "none"\nlisten_tls = 0\n'
                   f'unix_sock_dir = "{home}"\n')
    # As root it also starts drivers that want more of the machine, and ends without it.
    nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.getuid() == 0 else []
    places = {name: home for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    start([*nobody, "/usr/sbin/libvirtd", "--listen", "-f", f"{home}/libvirtd.conf", "-p", f"{home}/pid"],
          env={**os.environ, **places})
    uri = f"test+tcp://127.0.0.1:{port}/default"
    wait_for(lambda: subprocess.run(["/usr/bin/virsh", "-c", uri, "version"], check=True, capture_output=True))
    # The connection that is held makes the image itself: one made before it was open would go with the connection that made it.
    held, words = os.pipe()
    start(["/usr/bin/virsh", "-c", uri], stdin=held)
    os.write(words, b"vol-create-as default-pool media-2.4 1M\n")
    wait_for(lambda: subprocess.run(["/usr/bin/virsh", "-c", uri, "vol-info", "media-2.4", "--pool", "default-pool"], check=True,
                                    capture_output=True))
    os.mkdir(f"{home}/bin")
    with open(f"{home}/bin/virsh", "w") as file:
        file.write('#!/bin/sh\ncase " $* " in\n    *" vol-upload "*)\n        for file; do :; done\n'
                   '        exec grep -qF "$SMRECONCILE_NODE_TOKEN" "$file"\n        ;;\nesac\nexec /usr/bin/virsh "$@"\n')
    os.chmod(f"{home}/bin/virsh", 0o755)
    return {"PATH": f"{home}/bin:/usr/bin:/bin", "LIBVIRT_DEFAULT_URI": uri, "POOL": "default-pool", "DISK": "1M"}


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with ended:
    variables = {"moto": moto, "podman": podman, "libvirt": libvirt}[kind]()
    with open(f"{home}/ready.new", "w") as file:
        json.dump(variables, file)
    os.rename(f"{home}/ready.new", f"{home}/ready")
    sys.stdin.read()
