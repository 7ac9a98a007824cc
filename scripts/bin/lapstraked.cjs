#!/usr/bin/env node
require('./bundle.cjs').load('lapstraked.js');
