import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(params=["en", "fr"])
def words(request):
    from service.screening.wording import Words

    return Words(request.param)


@pytest.fixture
def view(words):
    """The sheet of the made-up tender in one language."""
    import made_up_screening

    from service.screening.sheet import sheet

    made = made_up_screening.screening()
    return sheet(made, made.results[0], words)
