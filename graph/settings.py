"""The one settings object: ENMUSUBI_* variables and `.env` enter, checked values leave."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import SettingsError

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


class Settings(BaseSettings):
    """All settings; each is an environment variable `ENMUSUBI_<NAME>` or a line of `.env`."""

    model_config = SettingsConfigDict(env_prefix="ENMUSUBI_", env_file=".env", extra="ignore", frozen=True)

    uri: str | None = Field(
        None, description="Neo4j address (bolt://, neo4j://, neo4j+s:// …); absent: the embedded engine"
    )
    database: str | None = Field(None, description="database name; absent: the server's default")
    user: str = Field("neo4j", description="user who loads")
    password: SecretStr = Field(SecretStr(""), description="that user's password")
    reader_user: str | None = Field(None, description="user who answers questions; absent: the same user in read mode")
    reader_password: SecretStr = Field(SecretStr(""), description="the reader's password")
    home: Path = Field(
        default_factory=lambda: user_data_path("enmusubi"), description="data folder of the embedded engine"
    )
    model: str | None = Field(None, description="language model as provider:model; absent: none is used anywhere")
    model_base_url: str | None = Field(None, description="address of an OpenAI-compatible model server")
    host: str = Field("127.0.0.1", description="address the chat is served on")
    port: int = Field(7860, ge=0, le=65535, description="port the chat is served on")
    token: SecretStr | None = Field(None, description="token that the HTTP interface asks for; absent: none")
    gbizinfo_token: SecretStr = Field(SecretStr(""), description="token for the REST interface of gBizINFO")
    query_seconds: float = Field(10.0, gt=0, description="time limit of one query, in seconds")
    rows: int = Field(50, gt=0, le=100_000, description="rows shown of one answer")
    domain: Path | None = Field(None, description="folder with schema.yaml and data that replaces the packaged domain")

    @field_validator("uri", "model", "model_base_url", "domain", "database", "reader_user", "token", mode="before")
    @classmethod
    def _blank_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("uri")
    @classmethod
    def _known_scheme(cls, value: str | None) -> str | None:
        if value is not None and value.split("://", 1)[0] not in SCHEMES:
            raise ValueError(f"must start with one of {', '.join(s + '://' for s in SCHEMES)}")
        return value

    @property
    def embedded(self) -> bool:
        """Whether the embedded engine serves the graph."""
        return self.uri is None


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a value cannot be used; names the variable and the value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ENMUSUBI_" + str(first["loc"][0]).upper()
        shown = "***" if "PASSWORD" in name or "TOKEN" in name else repr(first["input"])
        raise SettingsError(
            f"{name}={shown} cannot be used: {first['msg']}.",
            place="environment or .env",
            next_step=f"Correct or remove {name}.",
        ) from None
