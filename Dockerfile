FROM python:3.11-slim
WORKDIR /app
RUN pip install --no-cache-dir uv
COPY requirements.lock ./
RUN uv pip install --system --no-cache --require-hashes -r requirements.lock
COPY pyproject.toml README* LICENSE NOTICE ./
COPY graph graph
COPY loaders loaders
COPY qa qa
COPY ui ui
RUN uv pip install --system --no-cache --no-deps .
RUN useradd --create-home enmusubi
USER enmusubi
EXPOSE 7860
CMD ["enmusubi", "serve"]
