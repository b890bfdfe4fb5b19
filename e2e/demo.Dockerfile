# The demo where there is Docker, or Podman, and nothing else. In the root of the repository:
#   docker build -f e2e/demo.Dockerfile -t vestibule-demo .
#   docker run --rm -it --init -p 127.0.0.1:10000:10000 -p 127.0.0.1:10001:10001 -p 127.0.0.1:10003:10003 vestibule-demo
# then open http://localhost:10000/. The ports: Envoy, the stand-in Okta, Envoy's admin interface. They must be the same
# outside, because the browser meets Okta under the name that Envoy knows it by. With rules of your own:
#   docker run … -v "$PWD:/rules:ro" vestibule-demo --config /rules/rules.yaml
# (the folder and not the file: many editors put a new file in the place of the old one).
# The build asks Docker Hub, Debian, static.rust-lang.org, crates.io and PyPI, and takes some minutes.
# The tests run its entry point, but not the build: they have no registry with these base images.
FROM docker.io/library/rust:1.95.0-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends binaryen python3 python3-pip
WORKDIR /vestibule
COPY . .
# As scripts/demo does it.
RUN scripts/bootstrap \
    && scripts/build \
    && cargo build --locked -p vestibule-wasmplugin \
    && cargo build --locked -p vestibule-e2e --bin demo

FROM docker.io/library/debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates socat \
    && rm -rf /var/lib/apt/lists/*
# The programs look for their files where they were built.
WORKDIR /vestibule
COPY --from=build /vestibule/target/tools target/tools
COPY --from=build /vestibule/target/vestibule.wasm target/vestibule.wasm
COPY --from=build /vestibule/target/debug/demo /vestibule/target/debug/wasmplugin target/debug/
COPY --from=build /vestibule/e2e/demo-in-container e2e/demo-in-container
ENV VESTIBULE_TOOL=/vestibule/target/debug/wasmplugin
EXPOSE 10000 10001 10003
ENTRYPOINT ["e2e/demo-in-container"]
