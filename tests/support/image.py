"""Small images made here, without a network: as a tar for `docker import`, as an OCI layout for skopeo."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

BUSYBOX = ("/bin/busybox", "/usr/bin/busybox")
OCI = "application/vnd.oci.image"


def file_tree(note: str, with_busybox: bool = True) -> bytes:
    """A tar with a static busybox, where the machine has one, and a file that says `note`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        busybox = next((path for path in BUSYBOX if os.path.exists(path)), None)
        if with_busybox and busybox:
            tar.add(busybox, "bin/busybox")
        add_text(tar, "note", note)
    return buffer.getvalue()


def add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    tar.addfile(entry, io.BytesIO(text.encode()))


def write_oci_layout(folder: Path, note: str) -> None:
    """One image of one layer; `note` makes its digests its own."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    tree = file_tree(note, with_busybox=False)
    layer = describe(blobs, gzip.compress(tree, mtime=0), f"{OCI}.layer.v1.tar+gzip")
    history = {"os": "linux", "architecture": "amd64", "config": {}}
    history["rootfs"] = {"type": "layers", "diff_ids": [digest(tree)]}
    config = describe(blobs, encode(history), f"{OCI}.config.v1+json")
    manifest_type = f"{OCI}.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": [layer]}
    index = {"schemaVersion": 2, "manifests": [describe(blobs, encode(manifest), manifest_type)]}
    (folder / "index.json").write_bytes(encode(index))


def describe(blobs: Path, content: bytes, media_type: str) -> dict[str, object]:
    """Stores a blob and returns its descriptor."""
    name = digest(content)
    (blobs / name.removeprefix("sha256:")).write_bytes(content)
    return {"mediaType": media_type, "digest": name, "size": len(content)}


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def encode(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
