# The Node that package.json pins for development (a test compares them).
FROM node:24.21.0-slim AS build
WORKDIR /app

COPY package.json package-lock.json ./
# no install scripts: better-sqlite3 carries its binaries, and Node is here already
RUN npm ci --ignore-scripts --no-audit --no-fund

COPY tsconfig.json vite.config.ts ./
COPY build build
COPY src src
RUN npm run --silent build

# The bundle holds every dependency but those the build calls external; only they stay, and of SQLite only this platform's binary.
COPY docker/production.mjs docker/
RUN node docker/production.mjs && npm prune --omit=dev --ignore-scripts --no-audit --no-fund


FROM node:24.21.0-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app

COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY migrations migrations
COPY src/sandbox/clips src/sandbox/clips
COPY --chmod=755 docker/reelay /usr/local/bin/reelay

# the program belongs to root and is never written; /data is the one place that is
RUN install -d -o 10001 -g 10001 -m 700 /data
VOLUME /data
USER 10001:10001
EXPOSE 3000

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=2s CMD ["reelay", "healthcheck"]
ENTRYPOINT ["reelay"]
CMD ["serve"]
