# pip-audit and the lists that it reads: audit-packages.ts builds it, runs it once, and deletes it. No service runs it.
# It begins like the three others on purpose: equal steps are built and stored once.
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

FROM build
COPY dockerfiles/container/requirements/audit.txt /audit/requirements.txt
RUN --mount=type=secret,id=ca_bundle --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /audit/venv \
 && if [ -s /run/secrets/ca_bundle ]; then export PIP_CERT=/run/secrets/ca_bundle; fi \
 && /audit/venv/bin/pip install --disable-pip-version-check --no-compile --require-hashes --no-deps -r /audit/requirements.txt
COPY dockerfiles/container/requirements /audit/lists
COPY dockerfiles/container/audit.sh /audit/
USER 65534:65534
WORKDIR /audit/lists
ENTRYPOINT ["/audit/audit.sh"]
