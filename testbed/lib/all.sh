# shellcheck shell=bash
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=services.sh
source "${BASH_SOURCE[0]%/*}/services.sh"
# shellcheck source=ssh.sh
source "${BASH_SOURCE[0]%/*}/ssh.sh"
# shellcheck source=slurm.sh
source "${BASH_SOURCE[0]%/*}/slurm.sh"
# shellcheck source=sge.sh
source "${BASH_SOURCE[0]%/*}/sge.sh"
# shellcheck source=k8s-build.sh
source "${BASH_SOURCE[0]%/*}/k8s-build.sh"
# shellcheck source=k8s.sh
source "${BASH_SOURCE[0]%/*}/k8s.sh"
# shellcheck source=properties.sh
source "${BASH_SOURCE[0]%/*}/properties.sh"
