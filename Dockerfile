# By digest, so that a build tomorrow is made of what was tested today. Newer ones: the same tag's
# digest as `docker buildx imagetools inspect` shows it, here or with --build-arg.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
ARG NODE_IMAGE=node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c


FROM ${PYTHON_IMAGE} AS build

COPY requirements.txt /build/requirements.txt
# Ready-made packages only: this image has no compiler, and none is wanted. http-ece comes as source
# alone, and is plain Python. Nor is pip wanted where the server runs.
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --no-binary http-ece --require-hashes -r /build/requirements.txt


FROM ${NODE_IMAGE} AS web

WORKDIR /web
COPY web/package.json web/package-lock.json ./
COPY web/sdk/package.json sdk/
RUN npm ci --omit=dev --no-audit --no-fund
COPY web/ ./
RUN npm run build


FROM ${PYTHON_IMAGE}

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
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
COPY web/plain/ web/plain/
COPY --from=web /web/dist/ web/dist/
# Python keeps what it compiles, here for the last time: the user below may write nothing, and would
# compile it all, the standard library too, at each start and each health check. The modes are those
# of the working copy, which may be for its owner's eyes only.
RUN chmod -R a+rX . \
    && python -m server --help >/dev/null \
    && python -c "import http.client"

USER 10001:10001
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["python", "-m", "server"]
