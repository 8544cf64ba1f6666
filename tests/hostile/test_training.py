"""Cases 47 and 48: what the publisher of a data set could send."""

import gzip
import io
import pickle
import tarfile

import pytest

pytest.importorskip("satchel_train")

from satchel_train.errors import DataError
from satchel_train.recipes.cifar100 import data as cifar100

MEMBER = "cifar-100-python/train"


class Code:
    """A pickle that would run a command while it is read."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        import os

        return os.system, (f"touch {self.place}",)


def archive(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as written:
        for info, content in members:
            info.size = len(content)
            written.addfile(info, io.BytesIO(content))
    return gzip.compress(file.getvalue())


@pytest.fixture
def read(tmp_path):
    def read(content):
        (tmp_path / "cifar-100-python.tar.gz").write_bytes(content)
        with pytest.raises(DataError, match=r"a damaged or other file") as caught:
            cifar100.read_parts(tmp_path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return read


def test_case_47_a_pickled_batch_with_code_in_it_runs_none(tmp_path, read):
    place = tmp_path / "evil"
    content = pickle.dumps({b"data": Code(place)})
    # It would: that is what is refused.
    assert b"system" in content
    assert "is no part of it" in read(archive([(tarfile.TarInfo(MEMBER), content)]))
    assert not place.exists()


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "cifar-100-python/../../evil"])
def test_case_48_a_member_that_leads_out_of_the_folder_is_not_written(name, tmp_path, read):
    read(archive([(tarfile.TarInfo(name), b"evil")]))
    assert [path.name for path in tmp_path.rglob("*")] == ["cifar-100-python.tar.gz"]
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_case_48_a_link_in_place_of_a_batch_is_refused(kind, read):
    link = tarfile.TarInfo(MEMBER)
    link.type, link.linkname = kind, "/etc/passwd"
    assert "is no such file" in read(archive([(link, b"")]))
