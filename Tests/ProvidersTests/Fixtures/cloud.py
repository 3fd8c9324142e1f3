#!/usr/bin/python3
"""Stand-ins for the command line tools of clouds that no server is here for: they are not those tools, and prove nothing about them.

Started by the name of a tool (a link to this file), it understands the few commands that the scripts of examples/providers give that
tool, keeps the instances in a file, and prints them as the tool's documentation shows. An option that it does not know is an error, as
is a node's token on a command line. So the scripts' own logic runs: looking for the token, packing the tags, reading the answers.

An instance is pending and has no address until it was shown once, and is shown once more, on its way down, after its delete.

Environment: CLOUD, a directory. A file "fail" there, {"text": ..., "on": "create"}, makes that command say the text and end with 1.
"""
import base64
import contextlib
import fcntl
import json
import os
import re
import sys

TOOL = os.path.basename(sys.argv[0])
HOME = os.environ["CLOUD"]


def refuse(text, code=1):
    # doctl prints its errors as JSON when JSON is asked for.
    print(json.dumps({"errors": [{"detail": text}]}) if TOOL == "doctl" else text, file=sys.stdout if TOOL == "doctl" else sys.stderr)
    sys.exit(code)


def show(value):
    json.dump(value, sys.stdout)


@contextlib.contextmanager
def store():
    with open(f"{HOME}/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with open(f"{HOME}/{TOOL}.json") as file:
                records = json.load(file)
        except FileNotFoundError:
            records = []
        yield records
        with open(f"{HOME}/{TOOL}.new", "w") as file:
            json.dump(records, file)
        os.replace(f"{HOME}/{TOOL}.new", f"{HOME}/{TOOL}.json")


def may_fail(verb):
    with contextlib.suppress(FileNotFoundError), open(f"{HOME}/fail") as file:
        wanted = json.load(file)
        if wanted["on"] == verb:
            refuse(wanted["text"])


def parse(words, options, switches=()):
    """The words that are no options, and the options as lists. Unknown ones end this."""
    plain, found, words = [], {}, list(words)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            plain.append(word)
            continue
        name, _, value = word[2:].partition("=")
        if name in switches:
            found[name] = ["yes"]
        elif name in options:
            found.setdefault(name, []).append(value if "=" in word else words.pop(0))
        else:
            refuse(f"unknown flag --{name}")
    return plain, found


def made(records, **fields):
    """A new record; the node's token must have come with its user-data, and not on the command line."""
    token = os.environ["SMRECONCILE_NODE_TOKEN"]
    with open("/proc/self/cmdline", "rb") as file:
        if token.encode() in file.read():
            refuse("the node's token is on the command line", 99)
    if token not in fields.pop("secret"):
        refuse("the node's token is not in its user-data", 99)
    number = max((record["number"] for record in records), default=1000) + 1
    records.append({"number": number, "shown": 0, "deleted": False, **fields})
    return records[-1]


def phase(record):
    if record["deleted"]:
        return "stopping"
    return "running" if record["shown"] > 1 else "pending"


def address(record, kind="203.0.113"):
    return f"{kind}.{record['number'] % 250 + 1}" if phase(record) == "running" else None


def look(records, condition=lambda record: True):
    """What a list shows. One that was deleted is shown once more."""
    shown = []
    for record in [record for record in records if condition(record)]:
        record["shown"] += 1
        if not record["deleted"] or record["shown"] <= 1:
            shown.append(record)
        else:
            records.remove(record)
    return shown


def remove(records, condition, missing):
    found = [record for record in records if condition(record) and not record["deleted"]]
    if not found:
        refuse(missing)
    for record in found:
        record.update(deleted=True, shown=0)


NO_IMAGE = {
    "gcloud": "ERROR: (gcloud.compute.instances.create) Could not fetch resource:\n - The resource 'projects/p/global/images/"
              "conformance-no-such-image' was not found",
    "az": 'Not Found({"error":{"code":"ImageNotFound","message":"The Image was not found."}})',
    "oci": 'ServiceError:\n{"code": "InvalidParameter", "message": "Invalid imageId", "status": 400}',
    "doctl": "POST https://api.digitalocean.com/v2/droplets: 422 The image specified is invalid.",
    "hcloud": "hcloud: image conformance-no-such-image for architecture x86 not found",
    "linode-cli": "Request failed: 400\nerrors: image: image is not valid",
}


def pairs(words):
    return dict(word.split("=", 1) for word in words)


def gcloud(words):
    plain, options = parse(words, ("zone", "zones", "filter", "labels", "metadata", "metadata-from-file", "machine-type", "image",
                                   "image-project", "subnet", "tags", "format"), ("quiet", "no-address"))
    zone = options.get("zone", options.get("zones"))[0]

    def wire(record):
        card = {"name": "nic0", "networkIP": f"10.0.0.{record['number'] % 250 + 1}", "accessConfigs": [
            {"name": "external-nat", "type": "ONE_TO_ONE_NAT", **({"natIP": address(record)} if address(record) else {})}]}
        return {"name": record["name"], "status": {"pending": "STAGING", "running": "RUNNING", "stopping": "STOPPING"}[phase(record)],
                "labels": record["labels"], "zone": "https://www.googleapis.com/compute/v1/projects/p/zones/" + zone,
                "metadata": {"items": [{"key": key, "value": value} for key, value in record["metadata"].items()]},
                "networkInterfaces": [card]}

    with store() as records:
        if plain[2] == "create":
            if any(record["name"] == plain[3] and record["zone"] == zone for record in records):
                refuse(f"ERROR: (gcloud.compute.instances.create) Could not fetch resource:\n - The resource "
                       f"'projects/p/zones/{zone}/instances/{plain[3]}' already exists")
            with open(options["metadata-from-file"][0].removeprefix("user-data=")) as file:
                secret = file.read()
            separator, text = re.fullmatch(r"\^(.+?)\^(.*)", options["metadata"][0]).groups()
            show([wire(made(records, secret=secret, name=plain[3], zone=zone, labels=pairs(options["labels"][0].split(",")),
                            metadata=pairs(text.split(separator))))])
        elif plain[2] == "list":
            terms = pairs(options["filter"][0].split(" AND "))
            show([wire(record) for record in look(records, lambda record: record["zone"] == zone and all(
                (record["labels"].get(key[7:]) if key.startswith("labels.") else record[key]) == value
                for key, value in terms.items()))])
        else:
            remove(records, lambda record: record["name"] == plain[3] and record["zone"] == zone,
                   f"ERROR: The resource 'projects/p/zones/{zone}/instances/{plain[3]}' was not found")


def az(words):
    plain, options = parse(words, ("resource-group", "name", "method", "url", "body", "output"), ("yes", "no-wait", "show-details"))

    def wire(record):
        return {"name": record["name"], "location": record["location"], "tags": record["tags"],
                "powerState": "VM running" if phase(record) == "running" else "", "publicIps": address(record) or "",
                "privateIps": address(record, "10.0.1") or "",
                "provisioningState": {"pending": "Creating", "running": "Succeeded", "stopping": "Deleting"}[phase(record)]}

    with store() as records:
        if plain[0] == "rest":
            name = re.search(r"/virtualMachines/([^?]+)\?api-version=", options["url"][0])[1]
            body = json.loads(sys.stdin.read() if options["body"][0] == "@-" else options["body"][0])
            if body["properties"]["storageProfile"]["imageReference"] == {"id": "conformance-no-such-image"}:
                refuse(NO_IMAGE["az"])
            old = [record for record in records if record["name"] == name]
            if old and old[0]["body"] != body:
                refuse('Conflict({"error":{"code":"PropertyChangeNotAllowed"}})')
            if not old:
                secret = base64.b64decode(body["properties"]["osProfile"]["customData"]).decode()
                made(records, secret=secret, name=name, location=body["location"], tags=body["tags"], body=body)
            show({"name": name, "tags": body["tags"], "properties": {"provisioningState": "Creating"}})
        elif plain[1] == "list":
            show(list(map(wire, look(records))))
        elif plain[1] == "show":
            found = look(records, lambda record: record["name"] == options["name"][0])
            if not found:
                refuse("ERROR: (ResourceNotFound) The Resource was not found. Code: ResourceNotFound", 3)
            show(wire(found[0]))
        else:
            remove(records, lambda record: record["name"] == options["name"][0], "(ResourceNotFound) Code: ResourceNotFound")


def oci(words):
    plain, options = parse(words, (
        "region", "output", "compartment-id", "availability-domain", "shape", "shape-config", "image-id", "subnet-id",
        "assign-public-ip", "display-name", "freeform-tags", "user-data-file", "instance-id"), ("all", "force"))
    region = options["region"][0]

    def wire(record):
        return {"id": record["id"], "display-name": record["name"], "freeform-tags": record["tags"], "region": region,
                "lifecycle-state": {"pending": "PROVISIONING", "running": "RUNNING", "stopping": "TERMINATED"}[phase(record)]}

    with store() as records:
        if plain[2] == "launch":
            with open(options["user-data-file"][0]) as file:
                secret = file.read()
            record = made(records, secret=secret, name=options["display-name"][0], region=region,
                          tags=json.loads(options["freeform-tags"][0]))
            record["id"] = f"ocid1.instance.oc1..{record['number']}"
            show({"data": wire(record), "etag": "0"})
        elif plain[2] == "list":
            found = look(records, lambda record: record["region"] == region and record["name"] in options.get(
                "display-name", [record["name"]]))
            if found:  # Of none it prints nothing at all.
                show({"data": list(map(wire, found))})
        elif plain[2] == "list-vnics":
            found = [record for record in records if record["id"] == options["instance-id"][0]]
            show({"data": [{"is-primary": True, "public-ip": address(record), "private-ip": address(record, "10.0.2")}
                           for record in found]})
        else:
            remove(records, lambda record: record["id"] == options["instance-id"][0], "ServiceError: NotAuthorizedOrNotFound")


def doctl(words):
    plain, options = parse(words, ("output", "region", "size", "image", "tag-names", "tag-name", "user-data-file", "vpc-uuid",
                                   "ssh-keys", "project-id"), ("force",))

    def wire(record):
        networks = [{"ip_address": address(record, kind), "type": name} for kind, name in (
            ("10.0.3", "private"), ("203.0.113", "public")) if address(record)]
        return {"id": record["number"], "name": record["name"], "status": "active" if phase(record) == "running" else "new",
                "networks": {"v4": networks}, "region": {"slug": record["region"]}, "tags": record["tags"]}

    with store() as records:
        if plain[1:3] == ["droplet", "create"]:
            with open(options["user-data-file"][0]) as file:
                secret = file.read()
            tags = options["tag-names"][0].split(",")
            if any(not re.fullmatch(r"[A-Za-z0-9_:-]{1,255}", tag) for tag in tags):
                refuse("POST https://api.digitalocean.com/v2/droplets: 422 tag names must match")
            show([wire(made(records, secret=secret, name=plain[3], region=options["region"][0], tags=tags))])
        elif plain[1:3] == ["droplet", "list"]:
            show(list(map(wire, look(records, lambda record: options["tag-name"][0] in record["tags"]))) or None)
        elif plain[1:3] == ["droplet", "delete"]:
            found = [record for record in records if str(record["number"]) == plain[3]]
            if not found:
                refuse("DELETE https://api.digitalocean.com/v2/droplets: 404 The resource was not found.")
            records.remove(found[0])


def hcloud(words):
    plain, options = parse(words, ("selector", "output", "name", "type", "image", "location", "label", "ssh-key", "network",
                                   "firewall", "placement-group", "user-data-from-file"))

    def wire(record):
        return {"id": record["number"], "name": record["name"], "labels": record["labels"], "private_net": None,
                "status": {"pending": "initializing", "running": "running", "stopping": "deleting"}[phase(record)],
                "public_net": {"ipv4": {"ip": address(record) or ""}}}

    with store() as records:
        if plain[1] == "create":
            if any(record["name"] == options["name"][0] for record in records):
                refuse("hcloud: server name is already used (uniqueness_error, 0123456789abcdef)")
            labels = pairs(options["label"])
            for key, value in labels.items():
                if not re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", value):
                    refuse(f"hcloud: label {key} has a bad value (invalid_input, 0123456789abcdef)")
            show({"server": wire(made(records, secret=sys.stdin.read(), name=options["name"][0], labels=labels))})
        elif plain[1] == "list":
            terms = pairs(options["selector"][0].split(","))
            show([wire(record) for record in look(records, lambda record: all(
                record["labels"].get(key) == value for key, value in terms.items()))])
        else:
            remove(records, lambda record: str(record["number"]) == plain[2], f"hcloud: server not found: {plain[2]}")


def linode_cli(words):
    plain, options = parse(words, ("tags", "label", "region", "type", "image", "root_pass", "metadata.user_data", "firewall_id",
                                   "private_ip", "authorized_users"), ("json", "no-defaults", "suppress-warnings", "all-rows"))

    def wire(record):
        return {"id": record["number"], "label": record["label"], "region": record["region"], "tags": record["tags"],
                "status": {"pending": "provisioning", "running": "running", "stopping": "deleting"}[phase(record)],
                "ipv4": [f"203.0.113.{record['number'] % 250 + 1}"]}

    with store() as records:
        if plain[1] == "create":
            label, tags = options["label"][0], options["tags"]
            if any(record["label"] == label for record in records):
                refuse("Request failed: 400\nerrors: label: Label must be unique among your linodes")
            if any(not 3 <= len(tag) <= 50 for tag in tags) or not re.fullmatch(r"[A-Za-z0-9._-]{3,64}", label):
                refuse("Request failed: 400\nerrors: tags: Tags must be between 3 and 50 characters")
            secret = base64.b64decode(options["metadata.user_data"][0]).decode()
            show([wire(made(records, secret=secret, label=label, tags=tags, region=options["region"][0]))])
        elif plain[1] == "list":
            found = look(records, lambda record: record["label"] in options.get("label", [record["label"]]) and set(
                options.get("tags", [])) <= set(record["tags"]))
            show(list(map(wire, found)) if "all-rows" in options else list(map(wire, found))[:100])
        else:
            remove(records, lambda record: str(record["number"]) == plain[2], "Request failed: 404\nerrors: Not found")


def kubectl(words):
    plain, options = parse(words, ("namespace", "context", "output", "selector", "filename", "wait"))
    context = options.get("context", [""])[0]

    def wire(record):
        pod = json.loads(json.dumps(record["pod"]))
        pod["metadata"].update(uid=f"uid-{record['number']}", **({"deletionTimestamp": "now"} if record["deleted"] else {}))
        # Without its secret a container is not started.
        ready = phase(record) == "running" and record["secret"]
        pod["status"] = {"phase": "Running", "podIP": address(record, "10.1.0")} if ready else {"phase": "Pending"}
        return pod

    with store() as records:
        if plain[0] == "create":
            body = json.loads(sys.stdin.read())
            name = body["metadata"]["name"]
            same = [record for record in records if record["name"] == name and record["context"] == context]
            if body["kind"] == "Pod":
                if same:
                    refuse(f'Error from server (AlreadyExists): error when creating "STDIN": pods "{name}" already exists')
                if any(len(value) > 63 for value in body["metadata"]["labels"].values()):
                    refuse("The Pod is invalid: metadata.labels: Invalid value: must be no more than 63 characters")
                records.append({"number": len(records) + 1000 + os.getpid() * 1000, "shown": 0, "deleted": False, "name": name,
                                "context": context, "pod": body, "secret": False})
            else:
                owner = body["metadata"]["ownerReferences"][0]["uid"]
                if body["stringData"]["token"] != os.environ["SMRECONCILE_NODE_TOKEN"] or owner != f"uid-{same[0]['number']}":
                    refuse("the secret is not the node's", 99)
                if same[0]["secret"]:
                    refuse(f'Error from server (AlreadyExists): secrets "{name}" already exists')
                same[0]["secret"] = True
        elif plain[0] == "get" and plain[1] == "pods":
            terms = pairs(options["selector"][0].split(","))
            show({"apiVersion": "v1", "kind": "List", "items": [wire(record) for record in look(
                records, lambda record: record["context"] == context and all(
                    record["pod"]["metadata"]["labels"].get(key) == value for key, value in terms.items()))]})
        elif plain[0] == "get":
            found = [record for record in records if record["name"] == plain[2] and record["context"] == context]
            if not found:
                refuse(f'Error from server (NotFound): pods "{plain[2]}" not found')
            show(wire(found[0]))
        else:
            remove(records, lambda record: record["name"] == plain[2] and record["context"] == context,
                   f'Error from server (NotFound): pods "{plain[2]}" not found')


def main():
    words = sys.argv[1:]
    if TOOL in ("aws", "virsh"):  # There are servers for these; here they only fail.
        with open(f"{HOME}/fail") as file:
            refuse(json.load(file)["text"])
    if TOOL in NO_IMAGE and any("conformance-no-such-image" in word for word in words):
        refuse(NO_IMAGE[TOOL])
    verb = next((word for word in words if word in ("list", "create", "launch", "rest", "delete", "terminate")), "show")
    may_fail("create" if verb in ("launch", "rest") else "list" if verb == "show" and TOOL == "kubectl" else verb)
    {"gcloud": gcloud, "az": az, "oci": oci, "doctl": doctl, "hcloud": hcloud, "linode-cli": linode_cli, "kubectl": kubectl}[TOOL](words)


main()
