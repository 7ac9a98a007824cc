"""What docker-py does with an engine in daily work: each function is one thing that must hold."""

import io
import sys
import tarfile

import docker

client = docker.from_env()


def runs_and_tells():
    assert client.containers.run("busybox", ["echo", "hello"], remove=True) == b"hello\n"
    try:
        client.containers.run("busybox", ["sh", "-c", "echo bad >&2; exit 3"], remove=True)
    except docker.errors.ContainerError as error:
        assert error.exit_status == 3 and error.stderr == b"bad\n"
    else:
        raise AssertionError("a failing command is no error")
    try:
        client.containers.get("nobody")
    except docker.errors.NotFound as error:
        assert "No such container: nobody" in error.explanation
    else:
        raise AssertionError("an unknown container is no error")


def executes(container):
    code, output = container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
    assert code == 0 and output == (b"out\n", b"err\n")
    assert container.exec_run("cat /none").exit_code == 1
    assert container.exec_run("env", environment={"A": "1"}).output.decode().count("A=1") == 1
    _, stream = container.exec_run("tty", tty=True, stream=True)
    assert b"/dev/pts/" in b"".join(stream)


def carries_files(container):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("file")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"data"))
    assert container.put_archive("/tmp", archive.getvalue())
    chunks, stat = container.get_archive("/tmp/file")
    assert stat["name"] == "file" and stat["size"] == 4
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        assert tar.extractfile("file").read() == b"data"


def watches(container):
    assert container.stats(stream=False)["memory_stats"]["usage"] > 0
    first = next(container.stats(stream=True, decode=True))
    assert first["pids_stats"]["current"] >= 1
    assert ["sleep 1000"] in [row[-1:] for row in container.top()["Processes"]]
    assert b"ready" in container.logs(since=1, timestamps=True)
    container.pause()
    container.reload()
    assert container.status == "paused"
    container.unpause()
    container.rename("renamed")
    container.update(mem_limit="32m", memswap_limit="64m")
    assert client.containers.list(filters={"name": "renamed", "label": ["kind=tried"]}) == [container]


def detaches(container):
    exec_id = client.api.exec_create(container.id, "cat", stdin=True, tty=True, detach_keys="ctrl-p")["Id"]
    stream = client.api.exec_start(exec_id, tty=True, socket=True)._sock
    stream.sendall(b"\x10")
    while stream.recv(100):
        pass
    assert client.api.exec_inspect(exec_id)["Running"]


def builds(container):
    def lines(*instructions, **options):
        script = io.BytesIO("\n".join(["FROM busybox", *instructions]).encode())
        return [line.get("stream") for line in client.api.build(fileobj=script, rm=True, decode=True, **options)]

    two = ["ENV A=b", "RUN echo made >&2"]
    assert "\x1b[91mmade\n\x1b[0m" in lines(*two, tag="built:1")
    cached = " ---> Using cache\n"
    assert lines(*two, tag="built:2", cache_from=["built:1"]).count(cached) == 2
    assert lines(*two, tag="built:2", cache_from=["built:none"]).count(cached) == 0
    network = client.networks.create("of-build")
    network.connect(container, aliases=["known"])
    lines("RUN ping -c1 known", tag="built:3", network_mode=network.id)
    assert client.images.get("built:3")
    network.disconnect(container)
    network.remove()
    for tag in ["built:1", "built:2", "built:3"]:
        client.images.remove(tag)


def tells_what_is_wrong():
    try:
        client.images.load(b"abc")
    except docker.errors.ImageLoadError as error:
        assert "damaged" in str(error)
    else:
        raise AssertionError("a damaged archive is no error")
    alone = client.networks.create("alone", scope="local")
    assert client.api.inspect_network("alone", scope="local")["Id"] == alone.id
    for refused in [
        lambda: client.api.inspect_network("alone", scope="swarm"),
        lambda: client.networks.create("wide", scope="swarm"),
        lambda: client.networks.create("wide", ingress=True),
    ]:
        try:
            refused()
        except docker.errors.APIError as error:
            assert error.status_code in (403, 404)
        else:
            raise AssertionError("a network of a swarm is no error")
    alone.remove()


def connects(container):
    network = client.networks.create("own", labels={"kind": "tried"})
    network.connect(container, aliases=["known"])
    endpoint = client.api.create_endpoint_config(aliases=["new"])
    networking = client.api.create_networking_config({"own": endpoint})
    made = client.api.create_container("busybox", networking_config=networking, host_config={"NetworkMode": "own"})
    assert client.api.inspect_container(made)["NetworkSettings"]["Networks"]["own"]["Aliases"] == ["new"]
    client.api.remove_container(made)
    output = client.containers.run("busybox", "ping -c1 known", network="own", remove=True)
    assert b"1 packets received" in output
    network.disconnect(container)
    network.remove()


def keeps_volumes():
    volume = client.volumes.create("kept", labels={"kind": "tried"})
    volumes = {"kept": {"bind": "/data", "mode": "rw"}}
    client.containers.run("busybox", ["sh", "-c", "echo x >/data/x"], volumes=volumes, remove=True)
    assert client.containers.run("busybox", "cat /data/x", volumes=volumes, remove=True) == b"x\n"
    assert client.volumes.list(filters={"label": "kind=tried"}) == [volume]
    volume.remove()


runs_and_tells()
one = client.containers.run(
    "busybox", ["sh", "-c", "echo ready; exec sleep 1000"], name="one", labels={"kind": "tried"}, detach=True
)
executes(one)
carries_files(one)
watches(one)
connects(one)
detaches(one)
builds(one)
tells_what_is_wrong()
keeps_volumes()
one.stop(timeout=0)
assert one.wait()["StatusCode"] == 137
one.remove()
assert client.containers.list(all=True) == []
sys.stdout.write("all held\n")
