namespace Pcie.Emu.Guest.Preparing;

/// <summary>
/// Packages of Debian, fetched by apt with a configuration of its own and unpacked into a folder: the system's lists, cache and installed packages
/// are neither used nor changed, and no right of the administrator's is needed. apt checks signatures as it does for the system.
/// </summary>
internal sealed class PrivatePackages
{
    private const string Keys = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private readonly string folder;
    private readonly Dictionary<string, string> environment;
    private readonly CancellationToken cancellation;

    private PrivatePackages(string folder, CancellationToken cancellation)
    {
        (this.folder, this.cancellation) = (folder, cancellation);
        environment = new Dictionary<string, string> { ["APT_CONFIG"] = Path.Combine(folder, "apt.conf") };
    }

    /// <summary>Fetches the lists of packages.</summary>
    /// <param name="folder">For apt's state; made.</param>
    /// <param name="sources">Lines of sources: where, and which suite.</param>
    /// <exception cref="IOException">They cannot be had.</exception>
    public static async Task<PrivatePackages> OpenAsync(
        string folder, IEnumerable<(string Uri, string Suite)> sources, CancellationToken cancellation)
    {
        foreach (var one in (string[])["lists/partial", "cache/archives/partial", "empty"]) Directory.CreateDirectory(Path.Combine(folder, one));
        await File.WriteAllTextAsync(Path.Combine(folder, "status"), "", cancellation);
        await File.WriteAllLinesAsync(Path.Combine(folder, "sources.list"),
            sources.Select(source => $"deb [signed-by={Keys}] {source.Uri} {source.Suite} main"), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "apt.conf"), $"""
            Dir::Etc::sourcelist "{folder}/sources.list";
            Dir::Etc::sourceparts "{folder}/empty";
            Dir::Etc::preferences "{folder}/none";
            Dir::Etc::preferencesparts "{folder}/empty";
            Dir::State "{folder}";
            Dir::State::lists "{folder}/lists";
            Dir::State::status "{folder}/status";
            Dir::Cache "{folder}/cache";
            APT::Install-Recommends "false";
            APT::Sandbox::User "";
            Acquire::Languages "none";
            Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";

            """, cancellation);
        var packages = new PrivatePackages(folder, cancellation);
        await packages.RunAsync("apt-get", "update", "-qq", "--error-on=any");
        return packages;
    }

    /// <summary>Where this system has its packages from: address, suite.</summary>
    /// <exception cref="IOException">There is no apt.</exception>
    public static async Task<IReadOnlyList<(string Uri, string Suite)>> SourcesOfSystemAsync(CancellationToken cancellation)
    {
        var lines = await HostTool.RunAsync("apt-get",
            ["indextargets", "--no-release-info", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Identifier: Packages"], cancellation);
        return [.. from line in lines.Split('\n').Distinct()
                   let parts = line.Split(' ')
                   where parts is [_, _, "main"]
                   select (parts[0], parts[1])];
    }

    /// <summary>The name that a package without files of its own stands for, by what it depends on.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public async Task<string> DependencyAsync(string package, string prefix)
    {
        var lines = await RunAsync("apt-cache", "depends", package);
        return lines.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith($"Depends: {prefix}", StringComparison.Ordinal))
            .Select(line => line["Depends: ".Length..]).LastOrDefault()
            ?? throw new IOException($"The package {package} depends on no {prefix}…: this Debian is not as expected.");
    }

    /// <summary>Fetches packages with everything that they need, and unpacks them.</summary>
    /// <param name="release">What wins where there are several versions.</param>
    /// <exception cref="IOException">They cannot be had.</exception>
    public async Task UnpackWholeAsync(string into, string release, params string[] packages)
    {
        await RunAsync("apt-get", ["install", "-y", "-qq", "--download-only", "-t", release, .. packages]);
        await UnpackAsync(Path.Combine(folder, "cache/archives"), into);
    }

    /// <summary>Fetches packages alone, and unpacks them.</summary>
    /// <exception cref="IOException">They cannot be had.</exception>
    public async Task UnpackAloneAsync(string into, params string[] packages)
    {
        var fetched = Directory.CreateDirectory(Path.Combine(folder, "alone")).FullName;
        await HostTool.RunAsync("apt-get", ["download", "-qq", .. packages], cancellation, environment, fetched);
        await UnpackAsync(fetched, into);
    }

    private async Task UnpackAsync(string from, string into)
    {
        Directory.CreateDirectory(into);
        foreach (var package in Directory.EnumerateFiles(from, "*.deb"))
        {
            await HostTool.RunAsync("dpkg-deb", ["-x", package, into], cancellation);
            File.Delete(package);
        }
    }

    private Task<string> RunAsync(string program, params string[] arguments) => HostTool.RunAsync(program, arguments, cancellation, environment);
}
