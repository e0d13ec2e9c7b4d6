# shellcheck shell=bash
# Which services a command is about.
DEFAULT_SERVICES=(slurm ssh)
ALL_SERVICES=(slurm accounting ssh sge k8s)
CHOSEN=()

# choose WORD...: fills CHOSEN
choose() {
    local word
    [[ $# -gt 0 ]] || set -- "${DEFAULT_SERVICES[@]}"
    for word in "$@"; do
        case $word in
            slurm | ssh | accounting | sge | k8s) CHOSEN+=("$word") ;;
            all) CHOSEN=("${ALL_SERVICES[@]}") ;;
            *) die "no such service: '$word'; there are ${ALL_SERVICES[*]}, and all" ;;
        esac
    done
}

chosen() { [[ " ${CHOSEN[*]} " == *" $1 "* ]]; }
