using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// Runs git so that nothing but git itself runs: no hooks, no filters of anyone's configuration, no pager, no prompt, no signing.
/// Arguments are a list that no shell reads, the environment is Pawl's own.
/// </summary>
internal sealed partial class Git(string program = "git")
{
    private const int ErrorBytesMax = 64 * 1024;
    private static readonly Version Oldest = new(2, 30);
    private static readonly Version KnowsFsync = new(2, 36);

    // What stands on a command line outranks every configuration file, a repository's own included.
    private static readonly string[] Hardening =
    [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "core.excludesFile=/dev/null",
        "core.protectNTFS=true", "core.protectHFS=true", "core.autocrlf=false", "core.safecrlf=false", "core.untrackedCache=false",
        "core.splitIndex=false", "core.pager=cat", "core.editor=false", "core.askPass=", "core.logAllRefUpdates=false",
        "commit.gpgsign=false", "tag.gpgsign=false", "push.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "diff.external=",
        "submodule.recurse=false", "push.recurseSubmodules=no", "fetch.recurseSubmodules=no", "credential.helper=",
        "protocol.allow=never", "protocol.ext.allow=never", "protocol.https.allow=always", "protocol.http.allow=always", "protocol.ssh.allow=always",
        "protocol.file.allow=always", "http.followRedirects=false", "advice.addEmbeddedRepo=false", "checkout.workers=0", // as many as there are cores
    ];

    private Task<Version>? _version;

    /// <summary>How long one call may take: ten minutes unless set.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Runs git and returns what it answered, whatever the exit code.</summary>
    /// <exception cref="UnavailableException">git is missing or too old, or took longer than the time limit.</exception>
    public async Task<GitResult> TryAsync(GitCall call, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(cancellationToken).ConfigureAwait(false);
        return await StartAsync(call, [.. Hardening, .. Durability(version)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs git and returns its output.</summary>
    /// <exception cref="UnavailableException">Beside the cases of <see cref="TryAsync"/>: the disk is full, or a file may not be read or written.</exception>
    /// <exception cref="GitFailedException">git failed for another reason; the message is git's own.</exception>
    public async Task<GitResult> RunAsync(GitCall call, CancellationToken cancellationToken)
    {
        var result = await TryAsync(call, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result : throw Failure(call, result);
    }

    /// <summary>The failure that a result amounts to.</summary>
    public static Exception Failure(GitCall call, GitResult result)
    {
        var message = $"git {call.Arguments[0]} failed with exit code {result.ExitCode}: {result.Error.Trim()}";
        return EnvironmentFault().IsMatch(result.Error) ? new UnavailableException(message) : new GitFailedException(message);
    }

    /// <summary>The version of the git that is installed.</summary>
    public Task<Version> VersionAsync(CancellationToken cancellationToken) =>
        _version is { IsCompletedSuccessfully: true } known ? known : _version = AskVersionAsync(cancellationToken);

    private async Task<Version> AskVersionAsync(CancellationToken cancellationToken)
    {
        var answer = await StartAsync(new GitCall("version"), [], cancellationToken).ConfigureAwait(false);
        var match = VersionNumber().Match(answer.Text);
        if (!match.Success) throw new UnavailableException($"`git version` answered '{ShortText.Start(answer.Text, 200)}'; Pawl needs git {Oldest} or newer on the PATH.");
        var version = new Version(int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups["minor"].Value, CultureInfo.InvariantCulture));
        return version >= Oldest ? version : throw new UnavailableException($"git {version} is installed, and Pawl needs {Oldest} or newer; install a newer one.");
    }

    // Objects and refs are on disk before they are spoken of; in a batch, so that many files cost one flush.
    private static string[] Durability(Version version) => version >= KnowsFsync
        ? ["core.fsync=objects,derived-metadata,reference", "core.fsyncMethod=batch"]
        : ["core.fsyncObjectFiles=true"];

    private async Task<GitResult> StartAsync(GitCall call, IReadOnlyList<string> configuration, CancellationToken cancellationToken)
    {
        using var process = Start(call, configuration);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeLimit);
        using var stop = limit.Token.Register(() => Kill(process));
        var output = call.OutputStream ?? new MemoryStream();
        using var error = new MemoryStream();
        try
        {
            await Task.WhenAll(
                FeedAsync(process, call, limit.Token),
                CopyAsync(process, output, call, limit.Token),
                KeepStartAsync(process.StandardError.BaseStream, error, limit.Token)).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UnavailableException($"git {call.Arguments[0]} was stopped because it took longer than {TimeLimit}.", e);
        }
        finally
        {
            Kill(process);
        }

        return new GitResult(process.ExitCode, (output as MemoryStream)?.ToArray() ?? [], Encoding.UTF8.GetString(error.ToArray()));
    }

    private Process Start(GitCall call, IReadOnlyList<string> configuration)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = call.WorkTree ?? call.GitDirectory ?? "/",
        };
        foreach (var argument in configuration.SelectMany(setting => (string[])["-c", setting]).Concat(call.Arguments)) start.ArgumentList.Add(argument);
        SetEnvironment(start.Environment, call);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e) when (!Directory.Exists(start.WorkingDirectory))
        {
            throw new UnavailableException($"The folder {start.WorkingDirectory} is not there any more.", e);
        }
        catch (Win32Exception e)
        {
            throw new UnavailableException(
                $"git was not found: install it (Debian and Ubuntu: apt-get install git; Fedora: dnf install git; Alpine: apk add git; macOS: xcode-select --install), {Oldest} or newer.", e);
        }
    }

    private static void SetEnvironment(IDictionary<string, string?> environment, GitCall call)
    {
        var (path, home) = (environment.TryGetValue("PATH", out var p) ? p : null, environment.TryGetValue("HOME", out var h) ? h : null);
        environment.Clear();
        environment["PATH"] = path;
        environment["HOME"] = home;
        environment["LANG"] = "C.UTF-8";
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_ATTR_NOSYSTEM"] = "1";
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_OPTIONAL_LOCKS"] = "0";
        environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        if (call.GitDirectory is { } directory) environment["GIT_DIR"] = directory;
        if (call.WorkTree is { } workTree) environment["GIT_WORK_TREE"] = workTree;
        if (call.IndexFile is { } index) environment["GIT_INDEX_FILE"] = index;
        foreach (var (name, value) in call.Environment) environment[name] = value;
    }

    private static async Task FeedAsync(Process process, GitCall call, CancellationToken cancellationToken)
    {
        try
        {
            var input = process.StandardInput.BaseStream;
            if (call.InputStream is { } stream) await stream.CopyToAsync(input, cancellationToken).ConfigureAwait(false);
            else await input.WriteAsync(call.Input, cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // git ended before it read everything; its exit code and message say why.
        }
    }

    private static async Task CopyAsync(Process process, Stream to, GitCall call, CancellationToken cancellationToken)
    {
        var from = process.StandardOutput.BaseStream;
        var buffer = new byte[64 * 1024];
        var total = 0L;
        try
        {
            while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                total += read;
                if (total > call.OutputBytesMax)
                    throw new BadInputException($"git {call.Arguments[0]} gave more than {call.OutputBytesMax} bytes; the repository or the change is too large for this.");
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            Kill(process); // Or git would wait for ever for somebody to read on.
            throw;
        }
    }

    private static async Task KeepStartAsync(Stream from, MemoryStream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            to.Write(buffer, 0, (int)Math.Min(read, ErrorBytesMax - to.Length));
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended meanwhile.
        }
    }

    [GeneratedRegex("No space left on device|Disk quota exceeded|Read-only file system|Permission denied|Input/output error", RegexOptions.CultureInvariant)]
    private static partial Regex EnvironmentFault();

    [GeneratedRegex(@"^git version (?<major>\d{1,4})\.(?<minor>\d{1,4})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex VersionNumber();
}
