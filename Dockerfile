# The images are pinned by digest, so that a later build uses what was tested. To update one, take
# the digest that `docker buildx imagetools inspect` shows for its tag, here or with --build-arg.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
ARG NODE_IMAGE=node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c


FROM ${PYTHON_IMAGE} AS build

COPY requirements.txt /build/requirements.txt
# Only ready-made packages are installed, because this image has no compiler. http-ece exists only
# as source, but is plain Python. pip is left out, because the running server does not need it.
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

# The user is given by number, so that an orchestrator can see that it is not root.
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
# These commands make Python compile its modules and store the result. The user below cannot write
# here, so Python would compile everything, with the standard library, at each start and each health
# check. The chmod is needed because in the working copy the files may be readable only by their
# owner.
RUN chmod -R a+rX . \
    && python -m server --help >/dev/null \
    && python -c "import http.client"

USER 10001:10001
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["python", "-m", "server"]
