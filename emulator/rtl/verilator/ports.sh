# Part of build-card: which of the harness' ports the top module has, by --port under names of its own. Refuses what cannot be connected, before a
# compiler would say it in its own way. Writes ports.inc, renamed.inc and restored.inc; leaves in $found what is connected.

# Of each port its direction and width.
declare -A direction=() width=() ours=()
while read -r way port high low; do
    direction[$port]=$way width[$port]=$((high - low + 1))
done < <(sed -nE 's/^ *VL_(IN|OUT|INOUT)(8|16|64|W)?\(&([A-Za-z0-9_]+),([0-9]+),([0-9]+).*/\1 \3 \4 \5/p' "$made/V$top.h")
all=$(printf '%s\n' "${!direction[@]}" | sort | paste -sd' ')
for port in $all; do ours[$port]=$port; done

: >"$made/renamed.inc" >"$made/restored.inc"
known='^(clk|aclk|rst|rst_n|aresetn|(s_axil|m_axi)_(aw|w|b|ar|r)[a-z]+|s_axil_bar|m_axis_t[a-z]+|irq|(irq|msg|cfg)_[a-z_]+|time_ns)$'
rename() {
    [[ $1 =~ $known ]] || refuse "--port: there is no port $1 (docs/rtl.md, Ports), to which $2 of $top could be connected"
    [ -z "${direction[$1]-}" ] || refuse "--port $1=$2: $top has a port $1 of that name already"
    ours[$1]=$2
    echo "#define $1 $2" >>"$made/renamed.inc"
    echo "#undef $1" >>"$made/restored.inc"
}
for name in "${names[@]}"; do
    to=${name%%=*} from=${name#*=} before=$(wc -l <"$made/renamed.inc")
    if [ -n "${direction[$from]-}" ]; then rename "$to" "$from"
    else
        for port in $all; do
            [[ $port == "$from"_* ]] || continue
            rest=${port#"$from"_}
            # Its clock, for one, is called alike, and is none of them.
            [[ ${to}_${rest,,} =~ $known ]] && rename "${to}_${rest,,}" "$port"
        done
    fi
    [ "$(wc -l <"$made/renamed.inc")" -gt "$before" ] ||
        refuse "--port $name: $top has no port $from, and none that begins with ${from}_; it has $all"
done

# need WAY PREFIX NAMES...: ports that go together. Whether they are there; some of them alone are a mistake.
need() {
    local way=$1 prefix=$2 port missing=()
    shift 2
    for port in "${@/#/$prefix}"; do
        if [ -z "${ours[$port]-}" ]; then missing+=("$port")
        elif [ "${direction[${ours[$port]}]}" != "$way" ]; then
            refuse "${ours[$port]} of $top is an ${direction[${ours[$port]}],,}put; expected an ${way,,}put"
        fi
    done
    lacking+=("${missing[@]}")
    have+=$(($# - ${#missing[@]}))
}
group() {
    [ "$have" -gt 0 ] || { have=0 lacking=(); return 1; }
    [ ${#lacking[@]} -eq 0 ] || refuse "$top has some of $1, and lacks ${lacking[*]} (docs/rtl.md, Ports)"
    have=0
}
widths() {
    local port=$1 bits=${width[${ours[$1]}]}
    shift
    [[ " $* " == *" $bits "* ]] || refuse "${ours[$port]} of $top has $bits bits; expected $(sed 's/ /, /g' <<<"$*")"
}
declare -i have=0
lacking=() connected=()

clock=${ours[clk]-${ours[aclk]-}}
one_bit() { for port in $all; do [ "${direction[$port]}${width[$port]}" = IN1 ] && echo "$port"; done | paste -sd' '; }
[ -n "$clock" ] || refuse "$top has no input clk or aclk; name its clock by --port clk=NAME; its inputs of one bit are: $(one_bit)"
connected+=("clock $clock")
for port in rst rst_n aresetn; do
    need IN "" $port
    [ "$have" -gt 0 ] && connected+=("reset ${ours[$port]}$([ $port = rst ] || echo ', active low')")
    have=0 lacking=()
done
[ ${#connected[@]} -gt 1 ] || connected+=("no reset")

need IN s_axil_ araddr arvalid rready; need OUT s_axil_ arready rdata rvalid
group "AXI-Lite's channels for reads" && widths s_axil_rdata 32 && connected+=("reads of registers ${ours[s_axil_araddr]}")
need IN s_axil_ awaddr awvalid wdata wvalid bready; need OUT s_axil_ awready wready bvalid
group "AXI-Lite's channels for writes" && widths s_axil_wdata 32 && connected+=("writes of registers ${ours[s_axil_awaddr]}")
need OUT m_axi_ awaddr awvalid wdata wvalid wlast bready; need IN m_axi_ awready wready bvalid bresp
group "AXI4's channels for writes" && widths m_axi_wdata 32 64 128 256 512 && connected+=("writes of host memory ${ours[m_axi_awaddr]}")
need OUT m_axi_ araddr arvalid arlen rready; need IN m_axi_ arready rdata rvalid rresp rlast
group "AXI4's channels for reads" && widths m_axi_rdata 32 64 128 256 512 && connected+=("reads of host memory ${ours[m_axi_araddr]}")
need OUT m_axis_ tdata tvalid; need IN m_axis_ tready
group "a stream" && widths m_axis_tdata 8 16 32 64 128 256 512 && connected+=("stream ${ours[m_axis_tdata]}")
messages=()
need OUT "" irq
group "a message" && messages+=(irq) && connected+=("messages ${ours[irq]}[${width[${ours[irq]}]}]") && widths irq {1..64}
need OUT irq_ req; need IN irq_ ack
group "messages that are acknowledged" && messages+=(irq_req) &&
    connected+=("messages ${ours[irq_req]}[${width[${ours[irq_req]}]}]") && widths irq_req {1..64}
need OUT msg_ valid vector; need IN msg_ ready
group "messages by number" && connected+=("messages ${ours[msg_vector]}")
[ ${#messages[@]} -lt 2 ] || refuse "$top has irq and irq_req; expected one of them"

# What nobody connects is a pin; what looks as if it should not be is named.
pins=()
declare -A taken=()
for port in "${!ours[@]}"; do
    [[ $port =~ $known ]] && taken[${ours[$port]}]=1
done
for port in $all; do
    [ -z "${taken[$port]-}" ] || continue
    pins+=("$port")
    case "${direction[$port]} ${port,,}" in
        "IN "*awaddr | "IN "*araddr) hint="s_axil=${port%_*}" ;;
        "OUT "*awaddr | "OUT "*araddr) hint="m_axi=${port%_*}" ;;
        "OUT "*tdata) hint="m_axis=${port%_*}" ;;
        "IN "*rstn | "IN "*rst_n | "IN "*resetn | "IN "*reset_n | "IN "*rst_ni) hint="rst_n=$port" ;;
        "IN "*rst | "IN "*reset | "IN "*rst_i) hint="rst=$port" ;;
        "OUT "*irq* | "OUT "*interrupt*) hint="irq=$port" ;;
        *) continue ;;
    esac
    echo "build-card: $port is a pin like any other: nothing drives it or looks at it. Is it --port $hint?" >&2
done
found=$(printf '%s; ' "${connected[@]}")
found+="pins: ${pins[*]:-none}"

for port in $all; do
    # A pin has 64 bits at the most.
    [ "${width[$port]}" -le 64 ] && case ${direction[$port]} in
        IN) echo "RTL_INPUT($port)" ;;
        OUT) echo "RTL_OUTPUT($port)" ;;
    esac
done >"$made/ports.inc"
