using System.Diagnostics;
using System.Globalization;

namespace Pawl.Tests;

/// <summary>The PostgreSQL programs of this machine, run as a user that they accept: they refuse to serve as root.</summary>
internal sealed class PostgresInstallation(string binFolder)
{
    private const string DebianFolder = "/usr/lib/postgresql";
    private const string ServiceUser = "postgres";

    /// <summary>The newest installation of at least the given major version, or null.</summary>
    public static PostgresInstallation? Find(int versionMin)
    {
        var debian = Directory.Exists(DebianFolder) ? Directory.GetDirectories(DebianFolder) : [];
        var newest = debian
            .Select(folder => (Folder: Path.Combine(folder, "bin"), Version: int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0))
            .Where(found => found.Version >= versionMin && File.Exists(Path.Combine(found.Folder, "initdb")))
            .OrderByDescending(found => found.Version)
            .Select(found => found.Folder)
            .FirstOrDefault();
        newest ??= FolderOnPath("initdb") is { } folder && MajorVersion(Path.Combine(folder, "initdb")) >= versionMin ? folder : null;
        return newest is null ? null : new PostgresInstallation(newest);
    }

    /// <summary>What keeps the programs from being run on this machine, or null.</summary>
    public string? WhyNotRunnable()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        if (FolderOnPath("runuser") is null)
        {
            return "PostgreSQL does not run as root and the program runuser was not found; run the tests as another user.";
        }

        return Run("id", ["-u", ServiceUser]).ExitCode == 0
            ? null
            : $"PostgreSQL does not run as root and there is no user '{ServiceUser}'; create it, or run the tests as another user.";
    }

    /// <summary>Gives the folder to the user that the programs run as.</summary>
    public async Task OwnAsync(string folder)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await RunProcessAsync("chown", folder, [ServiceUser, folder]);
        }
    }

    /// <summary>Runs one of the programs to its end in the given folder.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string program, string folder, params string[] arguments)
    {
        var path = Path.Combine(binFolder, program);
        return Environment.IsPrivilegedProcess
            ? RunProcessAsync("runuser", folder, ["-u", ServiceUser, "--", path, .. arguments])
            : RunProcessAsync(path, folder, arguments);
    }

    private static async Task<(int ExitCode, string Output)> RunProcessAsync(string program, string folder, string[] arguments)
    {
        // A file takes the output: the server inherits it from pg_ctl, and a pipe would never come to its end.
        var outputFile = Path.Combine(folder, "command.log");
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder };
        foreach (var argument in (string[])["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", outputFile, program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return (process.ExitCode, File.Exists(outputFile) ? await File.ReadAllTextAsync(outputFile) : "");
    }

    private static (int ExitCode, string Output) Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string? FolderOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));

    // The answer reads: initdb (PostgreSQL) 16.3 …
    private static int MajorVersion(string initdb)
    {
        var words = Run(initdb, ["--version"]).Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 2 && int.TryParse(words[2].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}
