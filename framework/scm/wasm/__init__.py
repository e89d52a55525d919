"""A toolkit for Wasm modules that knows neither canisters nor Python."""
