FROM python:3.11-slim-bookworm AS build

COPY requirements.txt /build/requirements.txt
# Ready-made packages only: this image has no compiler, and none is wanted.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
        --require-hashes -r /build/requirements.txt


FROM python:3.11-slim-bookworm

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data

# The ids are numbers so that an orchestrator can tell that this is not root.
RUN groupadd --gid 10001 chat \
    && useradd --uid 10001 --gid chat --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin chat \
    && install --directory --owner=chat --group=chat --mode=0700 /data

WORKDIR /app
COPY --from=build /venv /venv
COPY models/ models/
COPY migrations/ migrations/
COPY server/ server/
COPY events/ events/
COPY web/ web/

USER 10001:10001
VOLUME /data
EXPOSE 8080

# No proxy that the environment may name: this asks the container itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]

ENTRYPOINT ["python", "-m", "server"]
