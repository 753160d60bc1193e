# An image for applications: docker build -t kstream . Then, in an application's own Dockerfile:
#     FROM kstream
#     COPY --chown=streams . /app
#     CMD ["run", "topologies/page_views.py"]
FROM python:3.13-slim AS build
# Debian keeps only the newest version of a package, so no version is pinned.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY . /source
# The wheel must have its extensions: without a compiler the build ends here.
RUN KSTREAM_NATIVE=require pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /source

FROM python:3.13-slim
RUN useradd --create-home --uid 1000 streams && mkdir /state /app && chown streams /state /app
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(ls /wheels/*.whl)[http]" && rm -r /wheels
# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 1000
WORKDIR /app
ENV KSTREAM_STATE_DIR=/state
VOLUME /state
ENTRYPOINT ["kstream"]
CMD ["--help"]
