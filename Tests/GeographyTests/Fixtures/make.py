#!/usr/bin/env python3
"""Writes the databases of these tests: pip install mmdb_writer netaddr, then run this here.

city.mmdb is as GeoLite2-City, with IPv6 and doubles; old.mmdb has IPv4 and single precision only; moved.mmdb is city.mmdb with
one network elsewhere. Loopback addresses are in them so that one machine can be a client from several places.
"""
from mmdb_writer import MMDBWriter
from netaddr import IPSet


def write(path, networks, version, kind, float_type):
    writer = MMDBWriter(
        ip_version=version, ipv4_compatible=version == 6, database_type=kind, languages=["en"], float_type=float_type)
    for network, country, place in networks:
        record = {"country": {"iso_code": country}}
        if place:
            record["location"] = dict(zip(("latitude", "longitude"), place))
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(path)


frankfurt, singapore, dublin, virginia = (50.11, 8.68), (1.35, 103.82), (53.34, -6.26), (39.04, -77.49)
version4 = [
    ("127.0.1.0/24", "DE", frankfurt),
    ("127.0.2.0/24", "SG", singapore),
    ("127.0.3.0/24", "US", virginia),
    ("192.0.2.0/25", "IE", dublin),
    ("192.0.2.128/25", "FR", None),
    ("198.51.100.0/24", "US", virginia),
    ("198.51.101.0/24", "XX", (float("nan"), 0.0)),
    ("198.51.102.0/24", "XX", (91.5, 0.0)),
    ("198.51.103.0/24", "XX", ("north", "east")),
]
version6 = [("2001:db8:1::/48", "IE", dublin), ("2001:db8:2::/48", "SG", singapore)]
write("city.mmdb", version4 + version6, 6, "Test-City", "f64")
write("moved.mmdb", [("127.0.1.0/24", "SG", singapore)] + version4[1:] + version6, 6, "Test-City", "f64")
write("old.mmdb", version4, 4, "Test-City-IPv4", "f32")
