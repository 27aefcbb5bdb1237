#!/bin/bash
rsync -a /from/ /to/
