"""The models: each takes all products and several origins at once, and returns means (n, K, H).

Every model has the signature (units, origins, horizon) -> means. units: float32 (n, T), NaN = unknown; origins: how
many
periods are known at each of K moments. What lies at or after an origin has no influence on its forecast, and no product
has any on another's.
"""
