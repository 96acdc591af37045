# One image for web, workers, beat and migrations. docker-compose.yml shows how they run together.
FROM python:3.11-slim-bookworm

# libgomp1: LightGBM's threads; Pango and the fonts: orders as PDF, in Chinese too
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/lagom --shell /usr/sbin/nologin lagom

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --system --no-cache --compile-bytecode -r requirements.txt

COPY . .
ENV PYTHONUNBUFFERED=1 LAGOM_SERVED=1 LAGOM_VAR=/var/lib/lagom
# The addresses and the key are only for collecting static files: nothing is connected to, and no container keeps them.
RUN SECRET_KEY=build DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost \
    python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p /var/lib/lagom/files /var/lib/lagom/beat \
    && chown -R lagom: /var/lib/lagom

USER lagom
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
