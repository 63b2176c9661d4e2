"""What deploy/ names is there, and its files agree with each other, with the app and with Streamlit."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
import streamlit
from packaging.specifiers import SpecifierSet
from streamlit import config

from tests.test_package import PYPROJECT, ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE, CADDYFILE, COMPOSE = (
    (DEPLOY / name).read_text("utf-8") for name in ("Dockerfile", "Caddyfile", "compose.yaml")
)
SETTINGS = dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "server.env").read_text("utf-8"), re.MULTILINE))
ENV = dict(re.findall(r"(\w+)=(\S+)", re.search(r"^ENV (.*)", DOCKERFILE, re.MULTILINE)[1]))
COPIED = [path for line in re.findall(r"^COPY (.*)", DOCKERFILE, re.MULTILINE) for path in line.split()[:-1]]
DOCS = (ROOT / "docs" / "deploy.md").read_text("utf-8")


def test_everything_that_is_copied_is_there_and_reaches_the_builder():
    """Dockerfile.dockerignore leaves out everything that has no line of its own."""
    let_in = re.findall(r"^!(\S+)", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), re.MULTILINE)
    assert sorted(COPIED) == sorted(let_in)
    assert [path for path in COPIED if not (ROOT / path).exists()] == []


def test_what_the_app_imports_is_copied():
    ours = {path.name for path in ROOT.iterdir() if any(path.glob("*.py"))}
    for path in (
        ROOT / "app.py",
        *(path for room in ("ui", "pages", "invariance") for path in (ROOT / room).rglob("*.py")),
    ):
        imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert ours.intersection(imported) <= set(COPIED), path


def test_the_image_holds_a_python_that_the_project_takes():
    python = re.search(r"^FROM python:([\d.]+)-", DOCKERFILE, re.MULTILINE)[1]
    assert python in SpecifierSet(PYPROJECT["project"]["requires-python"])


@pytest.mark.parametrize("name", [name for name in (*SETTINGS, *ENV) if name.startswith("STREAMLIT_")])
def test_streamlit_has_every_setting(name):
    assert name in {option.env_var for option in config.get_config_options().values()}


def test_the_proxy_looks_for_the_app_where_it_is():
    """In a container by its service's name and port; else at the addresses that docs/deploy.md starts it on."""
    name, port = re.search(r"APPS: dynamic a (\w+) (\d+)", COMPOSE).groups()
    assert re.search(rf"^  {name}:$", COMPOSE, re.MULTILINE)
    assert port == ENV["STREAMLIT_SERVER_PORT"] == re.search(r"^EXPOSE (\d+)", DOCKERFILE, re.MULTILINE)[1]
    assert f"127.0.0.1:{port}/" in re.search(r"^HEALTHCHECK .*\n.*", DOCKERFILE, re.MULTILINE)[0]
    ports = re.findall(r"127\.0\.0\.1:(\d+)", re.search(r"\{\$APPS:(.*)\}", CADDYFILE)[1])
    assert ports == re.search(r"for port in ([\d ]+);", DOCS)[1].split()
    assert len(ports) == int(re.search(r"PROCESSES:-(\d+)", COMPOSE)[1])


def test_the_data_is_mounted_where_the_image_looks_for_it():
    assert f":{ENV['INVARIANCE_DATA']}:ro" in COMPOSE


def test_everything_that_is_mounted_is_there():
    mounted = re.findall(r"^      - (\./\S+?):", COMPOSE, re.MULTILINE) + re.findall(r"env_file: (\S+)", COMPOSE)
    assert len(mounted) == 2
    assert all((DEPLOY / path).is_file() for path in mounted)
    context, dockerfile = re.search(r"context: (\S+)\n\s+dockerfile: (\S+)", COMPOSE).groups()
    assert (DEPLOY / context / dockerfile).is_file()


def test_every_variable_is_explained_where_it_is_read():
    for text in (COMPOSE, CADDYFILE):
        head = "\n".join(line for line in text.splitlines() if line.startswith("#"))
        asked = set(re.findall(r"\$\{?(\w+)[:}]", text))
        assert asked
        assert [name for name in asked if not re.search(rf"\b{name}\b", head)] == []


def test_the_proxy_lets_a_file_through_that_the_app_takes():
    """And little more: it says in bytes what Streamlit says in MB, of which each is 2 ** 20 bytes."""
    limits = [int(size) for size in re.findall(r"max_size (\d+)MiB", CADDYFILE)]
    assert max(limits) == int(SETTINGS["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"]) + 1


def test_the_policy_lets_streamlit_s_own_script_run():
    """The one that stands in its page; the policy names it by its contents."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in CADDYFILE
    assert "unsafe-eval'" not in CADDYFILE.replace("wasm-unsafe-eval", "")


def test_every_link_leads_to_a_heading():
    headings = re.findall(r"^## (.*)", DOCS, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#(.+?)\)", DOCS)
    assert links
    assert set(links) <= anchors
