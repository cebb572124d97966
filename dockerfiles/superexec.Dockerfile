# SuperExec, for ServerApps and ClientApps: the only image with the app's dependencies.
# Build context: the checkout's root (compose does it: docker compose build superexec-serverapp).
# The three Dockerfiles begin alike on purpose: equal steps are built and stored once.
ARG BASE_IMAGE=debian:trixie-slim

FROM ${BASE_IMAGE} AS python
# When refresh-images.ts last ran: a new value makes the packages come from today's Debian and not from the build cache.
ARG IMAGE_REFRESH
# Any: an archive that does not answer is only a warning otherwise, and its updates would be missed without a word.
RUN apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y \
 && apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* /usr/share/doc/* /usr/share/man/*

FROM python AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3-venv stunnel4
# Of Debian's package (with systemd and perl 100 MB) only the program and the library that the last stage lacks.
RUN mkdir /tunnel \
 && cp --parents /usr/bin/stunnel4 /tunnel \
 && cp --parents -d /usr/lib/*-linux-gnu/libwrap.so.0* /tunnel

FROM build AS sbom
COPY dockerfiles/container/requirements/sbom.txt /sbom/requirements.txt
RUN --mount=type=secret,id=ca_bundle --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /sbom/venv \
 && if [ -s /run/secrets/ca_bundle ]; then export PIP_CERT=/run/secrets/ca_bundle; fi \
 && /sbom/venv/bin/pip install --disable-pip-version-check --no-compile --require-hashes --no-deps -r /sbom/requirements.txt
COPY dockerfiles/container/sbom.py /sbom/

FROM build AS venv
# SelfTest has private keys that are published with it: no secret, but what scanners for secrets report.
COPY dockerfiles/container/requirements/superexec.txt /requirements.txt
RUN --mount=type=secret,id=ca_bundle --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /opt/venv \
 && if [ -s /run/secrets/ca_bundle ]; then export PIP_CERT=/run/secrets/ca_bundle; fi \
 && /opt/venv/bin/pip install --disable-pip-version-check --no-compile --require-hashes --no-deps -r /requirements.txt \
 && /opt/venv/bin/pip uninstall --yes --quiet pip \
 && rm -r /opt/venv/lib/python3*/site-packages/Crypto/SelfTest \
 && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
COPY dockerfiles/container/common dockerfiles/container/superexec /opt/flower/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/flower

FROM sbom AS list
RUN --mount=type=bind,from=python,source=/var/lib/dpkg,target=/sbom/dpkg --mount=type=bind,from=venv,source=/opt/venv,target=/opt/venv \
    /sbom/venv/bin/python3 /sbom/sbom.py superexec /sbom/dpkg /opt/venv /tunnel /sbom/sbom.cdx.json

FROM python
COPY --from=build /tunnel /
COPY --from=venv /opt/venv /opt/venv
COPY --from=venv /opt/flower /opt/flower
COPY --from=list /sbom/sbom.cdx.json /opt/flower/
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && ldconfig \
 && groupadd --gid 49999 app && useradd --uid 49999 --gid 49999 --home-dir /app --no-create-home --shell /usr/sbin/nologin app \
 && install -d -o 49999 -g 49999 /app /app/.flwr /app/outputs /app/data /app/.cache && install -d /app/certificates
ENV PATH=/opt/flower/bin:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin HOME=/app FLWR_TELEMETRY_ENABLED=0 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 49999:49999
WORKDIR /app
HEALTHCHECK --interval=10s --timeout=15s --start-period=60s --start-interval=1s --retries=2 CMD ["python3", "-ISE", "/opt/flower/health"]
ENTRYPOINT ["/opt/flower/entrypoint.sh"]
CMD ["flower-superexec", "--help"]
