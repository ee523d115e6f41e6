# Two images of one build: `queue` (server, worker, migrate, every command) and `agent` (the OCR agent with its models).
#   docker build --target queue -t pantry-queue .
#   docker build --target agent -t pantry-queue-agent .
# Both run under any user, with a read-only root; /data and /tmp are what they write to.
ARG NODE_IMAGE=node:24.19.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc LICENSE tsconfig.json tsconfig.build.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY scripts/ scripts/
COPY deploy/healthy.mjs deploy/healthy.mjs
COPY activities/ activities/
COPY mcp/ mcp/
COPY workflows/ workflows/
COPY src/ src/
RUN node scripts/build.mjs \
 && node scripts/image.mjs queue /image/queue \
 && node scripts/image.mjs agent /image/agent

# By their checksums, from where scripts/artifacts/table.mjs says.
FROM ${NODE_IMAGE} AS models
WORKDIR /build
COPY scripts/ scripts/
RUN PANTRY_QUEUE_CACHE=/image node -e "import('./scripts/artifacts.mjs').then((m) => m.ensureArtifact('ocr-models'))"

# SeaweedFS as an S3 store, under a user without rights: its own image starts as root.
FROM chrislusf/seaweedfs:4.48 AS s3
RUN mkdir -m 1777 /images
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/weed"]
CMD ["mini", "-dir=/images"]

FROM ${NODE_IMAGE} AS base
# A home that every user can write to; ten seconds are what `docker stop` gives a worker to end.
ENV NODE_ENV=production HOME=/tmp DATA_DIR=/data SHUTDOWN_GRACE=5
RUN mkdir -m 1777 /data
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]

FROM base AS agent
COPY --from=build /image/agent/ /app/
COPY --from=models /image/ocr-models/ /models/
EXPOSE 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "/app/deploy/healthy.mjs", "http://127.0.0.1:8002/readyz"]
CMD ["agent", "--host", "0.0.0.0", "--open", "--port", "8002", "--models-dir", "/models"]

FROM base AS queue
COPY --from=build /image/queue/ /app/
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "/app/deploy/healthy.mjs", "http://127.0.0.1:8000/readyz"]
CMD ["server"]
