"""Fetches from shop systems by their own libraries, through the guard that lets nobody into our house."""
