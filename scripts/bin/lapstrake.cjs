#!/usr/bin/env node
require('./bundle.cjs').load('lapstrake.js');
