from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.mail import Postbox, mailing_nodes, postbox
from tests.support.node import Node


@pytest.fixture(scope="module")
def post() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def shared_nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, post: Postbox
) -> Iterator[Callable[[str], list[Node]]]:
    folder = tmp_path_factory.mktemp("mail")
    with mailing_nodes(request, folder, post) as of:
        yield of
