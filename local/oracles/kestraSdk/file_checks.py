"""Files of namespaces."""

import io
import time
import zipfile

from kestrapy.models.file_attributes_file_type import FileAttributesFileType
from lab import ROOT, TENANT, Lab, check, known, refused, same, true

NAMESPACE = "sdk.files"
FILES = f"{ROOT}/namespaces/{{namespace}}/files"
BYTES = bytes(range(256)) * 40


def put(lab: Lab, path: str, content: bytes) -> None:
    """Writes a file."""
    lab.files.create_namespace_file(NAMESPACE, path, TENANT, content)


def names(lab: Lab, path: str | None = None) -> dict[str, FileAttributesFileType]:
    """Names and types of what is in a folder."""
    return {each.file_name: each.type for each in lab.files.list_namespace_directory_files(NAMESPACE, TENANT, path)}


@check(f"POST {FILES}", "writes a file and the folders above it, and overwrites it")
def create(lab: Lab) -> None:
    put(lab, "/written/deep/file.bin", BYTES)
    same(lab.files.file_content(NAMESPACE, "/written/deep/file.bin", TENANT), BYTES, "content")
    put(lab, "/written/deep/file.bin", b"second")
    same(lab.files.file_content(NAMESPACE, "/written/deep/file.bin", TENANT), b"second", "content after overwriting")
    same(names(lab, "/written"), {"deep": FileAttributesFileType.Directory}, "folder above")


@check(f"POST {FILES}", "unpacks a zip")
def create_of_zip(lab: Lab) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("unzipped/a.sql", "select 1")
        archive.writestr("unzipped/sub/b.sql", "select 2")
    # The SDK's call names every upload `file`, and the API takes only a name that ends with .zip as an archive.
    lab.base._multipart_upload(
        "POST",
        FILES.format(namespace=NAMESPACE),
        params={"path": "/unzipped.zip"},
        file_content=packed.getvalue(),
        file_name="unzipped.zip",
    )
    same(lab.files.file_content(NAMESPACE, "/unzipped/sub/b.sql", TENANT), b"select 2", "unpacked file")
    same(sorted(names(lab, "/unzipped")), ["a.sql", "sub"], "unpacked folder")


@check(f"GET {FILES}", "reads a file, and answers 404 for none")
def content(lab: Lab) -> None:
    put(lab, "/read/ä.txt", b"one")
    same(lab.files.file_content(NAMESPACE, "/read/ä.txt", TENANT), b"one", "content")
    refused(404, lambda: lab.files.file_content(NAMESPACE, "/absent.txt", TENANT))


@check(f"GET {FILES}/stats", "returns size, type and times of a file, and of a folder")
def stats(lab: Lab) -> None:
    put(lab, "/measured/file.bin", BYTES)
    found = lab.files.file_metadatas(NAMESPACE, TENANT, "/measured/file.bin")
    known(found)
    same((found.file_name, found.size, found.type), ("file.bin", len(BYTES), FileAttributesFileType.File), "the file")
    for moment in (found.creation_time, found.last_modified_time):
        true(abs(moment / 1000 - time.time()) < 60, f"milliseconds since 1970, just now: {moment}")
    same(lab.files.file_metadatas(NAMESPACE, TENANT, "/measured").type, FileAttributesFileType.Directory, "the folder")
    same(lab.files.file_metadatas(NAMESPACE, TENANT).type, FileAttributesFileType.Directory, "the root")
    refused(404, lambda: lab.files.file_metadatas(NAMESPACE, TENANT, "/absent"))


@check(f"GET {FILES}/directory", "lists a folder, and answers 404 for none")
def directory(lab: Lab) -> None:
    put(lab, "/listed/file.txt", b"12345")
    put(lab, "/listed/sub/below.txt", b"1")
    answer = lab.files.list_namespace_directory_files(NAMESPACE, TENANT, "/listed")
    for each in answer:
        known(each)
    found = {each.file_name: (each.type, each.size) for each in answer}
    same(sorted(found), ["file.txt", "sub"], "names")
    same(found["file.txt"], (FileAttributesFileType.File, 5), "the file")
    same(found["sub"][0], FileAttributesFileType.Directory, "the folder")
    true("listed" in names(lab), "the root, which is the default, holds the folder")
    refused(404, lambda: names(lab, "/absent"))


@check(f"DELETE {FILES}", "deletes a file, and a folder with all in it")
def delete(lab: Lab) -> None:
    put(lab, "/doomed/a.txt", b"a")
    put(lab, "/doomed/sub/b.txt", b"b")
    lab.files.delete_file_directory(NAMESPACE, "/doomed/a.txt", TENANT)
    same(sorted(names(lab, "/doomed")), ["sub"], "the folder")
    lab.files.delete_file_directory(NAMESPACE, "/doomed", TENANT)
    refused(404, lambda: names(lab, "/doomed"))
    refused(404, lambda: lab.files.file_content(NAMESPACE, "/doomed/sub/b.txt", TENANT))
    refused(422, lambda: lab.files.delete_file_directory(NAMESPACE, "/../outside", TENANT), "relative '..' path")
