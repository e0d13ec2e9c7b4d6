# shellcheck shell=bash
sge_running() { false; }
sge_properties() { :; }
sge_status() { :; }
sge_down() { :; }
sge_purge() { :; }
sge_up() { die "Grid Engine is not part of the test bed so far"; }
