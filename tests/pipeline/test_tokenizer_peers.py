"""Each kind of tokenizer gives the ids of its author's own; `make peers` tries many more texts."""

import pytest

from conformance.tokenizer_peers import differences, peers

COUNT, SEED = 150, 7


@pytest.fixture(scope="module")
def every_peer():
    return list(peers(SEED))


def test_the_ids_are_those_of_the_tokenizers_authors(every_peer):
    found = {peer.name: differences(peer, COUNT, SEED) for peer in every_peer}
    assert len(found) == 16
    assert not {name: texts for name, texts in found.items() if texts}
