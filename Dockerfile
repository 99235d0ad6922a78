# All processes of ours, one target each. They share every layer but the last, so that a copy more costs no space.

FROM node:24.21.0-slim AS base
WORKDIR /app
ENV NODE_ENV=production

FROM base AS packages
COPY package.json package-lock.json .npmrc ./
# No package that runs here needs its install script. The local form's PostgreSQL, and what runs TypeScript on older
# versions of Node, are development packages: this Node runs it by itself, with less memory and a quicker start.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM base AS programs
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="order-ingestion" \
      org.opencontainers.image.description="Orders from source databases to a destination through RabbitMQ: bounded retries, a dead-letter ledger, every attempt on record, books that balance." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="MIT"
COPY --link --from=packages /app/node_modules ./node_modules
COPY --link package.json ./
COPY --link runtime ./runtime
COPY --link db ./db
COPY --link rabbitmq ./rabbitmq
# Of the storefront: a new volume takes owner and mode of the folder over which it is mounted.
RUN install -d -m 700 -o node -g node /var/lib/order-ingestion/desk
# The user of the node image. Everything above belongs to root, so that a process cannot change its own program.
USER node
# Only what Docker publishes is reached from outside the container.
ENV HTTP_HOST=0.0.0.0
# As in the local form: a larger young generation costs memory and gains nothing.
ENV NODE_OPTIONS=--max-semi-space-size=16

# A check starts a Node of its own, which is not free: often while a container starts, seldom afterwards.
FROM programs AS source-api
COPY --link apis ./apis
ENV HTTP_PORT=8001
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apis/source-system/main.ts"]

FROM programs AS storefront
COPY --link apis ./apis
ENV STOREFRONT_HTTP_PORT=8000
ENV DESK_SECRETS_FOLDER=/var/lib/order-ingestion/desk
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.STOREFRONT_HTTP_PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apis/storefront/main.ts"]

FROM programs AS consumer
COPY --link consumer ./consumer
ENV CONSUMER_HTTP_PORT=8003
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CONSUMER_HTTP_PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "consumer/main.ts"]
