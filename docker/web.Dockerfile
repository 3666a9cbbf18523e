# The web lab: spreadlab lab, as a user without rights.
# Every step is a script that also runs outside an image; tests run them.
FROM python:3.12-slim AS wheel
COPY . /source
RUN sh /source/docker/build.sh /source /wheels

FROM python:3.12-slim AS environment
COPY docker/install.sh /install.sh
COPY --from=wheel /wheels /wheels
RUN sh /install.sh /opt/spreadlab /wheels web,server,select,polars

FROM python:3.12-slim
RUN useradd --uid 1000 --create-home lab \
    && install --directory --owner lab --mode 0700 /data /clients /cache
COPY --from=environment /opt/spreadlab /opt/spreadlab
COPY --chmod=0755 docker/web.sh docker/web-health.sh /usr/local/bin/
ENV PATH=/opt/spreadlab/bin:$PATH \
    MPLCONFIGDIR=/tmp/matplotlib \
    NUMBA_CACHE_DIR=/cache \
    PYTHONUNBUFFERED=1
USER 1000
WORKDIR /data
VOLUME ["/data", "/clients", "/cache"]
EXPOSE 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["web-health.sh"]
ENTRYPOINT ["web.sh"]
