"""What people do in a browser: headless Chromium on a demonstration, by keyboard alone."""
