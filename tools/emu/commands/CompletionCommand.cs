using System.CommandLine;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu completion</c>: what makes a shell complete the command line; the shell asks <c>emu [suggest:N] LINE</c>.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # In ~/.bashrc: eval "$(emu completion bash)"
            _emu_complete() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(emu "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _emu_complete emu
            """,
        ["zsh"] = """
            # In ~/.zshrc, after compinit: eval "$(emu completion zsh)"
            _emu() {
                local -a found
                found=("${(@f)$(emu "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -- $found || _files
            }
            compdef _emu emu
            """,
        ["fish"] = """
            # In ~/.config/fish/completions/emu.fish: emu completion fish | source
            complete -c emu -a '(emu "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
            """,
        ["pwsh"] = """
            # In $PROFILE: emu completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName emu -ScriptBlock {
                param($word, $line, $position)
                emu "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Print what makes your shell complete emu's command line.") { shell };
        command.SetAction(parsed =>
        {
            Console.WriteLine(Scripts[parsed.GetRequiredValue(shell)]);
            return ExitStatus.Done;
        });
        return command;
    }
}
