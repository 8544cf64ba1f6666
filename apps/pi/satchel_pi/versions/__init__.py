"""New versions of bundles: kept on disk, judged, tried beside the old one, and switched to.

Nothing here knows of HTTP or of command lines. ``store`` keeps the versions of each model in a
folder, of which a small file names the one that is served; ``candidates`` finds new files;
``rules`` says which bundle may follow which; ``updating`` goes through all steps in their order.
"""
