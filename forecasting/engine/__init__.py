"""From demand series to forecasts: arrays in, arrays out, no Django."""
