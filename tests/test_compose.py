"""docker-compose.yml and Dockerfile, compared with the settings, commands and packages that they name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import neo4j_server
import pytest
import yaml

from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from ui.serve import is_loopback

ROOT = Path(__file__).parents[1]
LIMITS = ("NEO4J_db_memory_transaction_max", "NEO4J_dbms_memory_transaction_total_max")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def megabytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([mg])", text).groups()  # type: ignore[union-attr]
    return int(number) * (1024 if unit == "g" else 1)


def test_neo4j_is_the_version_that_the_tests_run(compose: dict[str, Any]) -> None:
    version = compose["services"]["neo4j"]["image"].removeprefix("neo4j:").removesuffix("-community")
    assert version == neo4j_server.LONG_TERM


def test_a_greedy_query_cannot_take_the_whole_heap(compose: dict[str, Any]) -> None:
    given = compose["services"]["neo4j"]["environment"]
    one, all_of_them = (megabytes(given[name]) for name in LIMITS)
    assert one <= all_of_them < megabytes(given["NEO4J_server_memory_heap_max__size"])


def test_neo4j_knows_every_setting_and_the_image_the_version(
    compose: dict[str, Any], neo4j_settings: Settings, schema: Schema
) -> None:
    service = compose["services"]["neo4j"]
    names = [name.removeprefix("NEO4J_") for name in service["environment"] if name != "NEO4J_AUTH"]
    # How the image reads them: one underscore is a dot, two are an underscore.
    wanted = {name.replace("__", "\0").replace("_", ".").replace("\0", "_") for name in names}
    with Store.open(neo4j_settings, schema) as store:
        known = {row[0] for row in store.link.rows("SHOW SETTINGS YIELD name RETURN name", {}, writing=True)}
        assert service["image"] == f"neo4j:{store.info().version}-community"
    # Those of the process that starts the server are not settings of the server that the tests start.
    assert {name for name in wanted if not name.startswith("server.memory.heap")} <= known


def test_the_app_waits_for_a_healthy_neo4j(compose: dict[str, Any]) -> None:
    assert "cypher-shell" in compose["services"]["neo4j"]["healthcheck"]["test"][1]
    assert compose["services"]["app"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}


def test_data_survive_in_named_volumes(compose: dict[str, Any]) -> None:
    mounted = [volume.partition(":") for volume in compose["services"]["neo4j"]["volumes"]]
    assert {name for name, _, _ in mounted} == set(compose["volumes"])
    assert "/data" in {path for _, _, path in mounted}


def test_passwords_come_from_the_environment_alone(compose: dict[str, Any]) -> None:
    wanted = compose["services"]["app"]["environment"]["ENMUSUBI_PASSWORD"]
    assert re.fullmatch(r"\$\{ENMUSUBI_PASSWORD:\?[^}]+\}", wanted)
    assert compose["services"]["neo4j"]["environment"]["NEO4J_AUTH"] == f"neo4j/{wanted}"


def test_the_app_gets_settings_that_exist_and_can_be_used(compose: dict[str, Any]) -> None:
    given = compose["services"]["app"]["environment"]
    fields = {name.removeprefix("ENMUSUBI_").lower(): value for name, value in given.items()}
    assert set(fields) <= set(Settings.model_fields)
    plain = {name: "" if "$" in value else value for name, value in fields.items()}
    settings = Settings.model_validate({**plain, "password": "a-password"})
    assert settings.uri == "bolt://neo4j:7687"
    assert "neo4j" in compose["services"]
    assert not is_loopback(settings.host)
    published, _, inner = compose["services"]["app"]["ports"][0].rpartition(":")
    assert int(inner) == settings.port
    assert published.startswith("127.0.0.1:")


def test_the_image_holds_every_package_and_starts_the_server(dockerfile: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in project["tool"]["setuptools"]["packages"]:
        assert f"COPY {package} {package}\n" in dockerfile
        assert (ROOT / package / "__init__.py").is_file()
    assert 'CMD ["enmusubi", "serve"]' in dockerfile
    assert "--require-hashes -r requirements.lock" in dockerfile
    assert "USER enmusubi" in dockerfile
