using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Changes.Sandboxes;

/// <summary>What the escapes are tried on: a tree with a git folder, a secret, a listener, a process of somebody else. All of it is made for the probe.</summary>
internal sealed class ProbeStage : IDisposable
{
    private const string Untouched = "untouched\n";

    // Each escape says so itself where only the inside can know; for the others the outside looks at what happened.
    private const string Script = """
        escape() { printf 'escape %s %s\n' "$1" "$2"; }
        env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/variable \1/p'
        if [ -n "$PROBE_HOME" ] && [ -e "$PROBE_HOME" ]; then escape home "$PROBE_HOME is seen"; fi
        if grep -q "$PROBE_MARK" "$PROBE_SECRET"; then escape hidden "a file that was to be hidden can be read"; fi
        mkdir -p "$PROBE_OUTSIDE" && echo x >"$PROBE_OUTSIDE/written"
        for folder in / /etc /usr /var /opt /srv; do
          if [ -w "$folder" ]; then escape write-outside "$folder can be written to"; fi
        done
        echo x >>.git/config; rm -rf .git/config; mv .git moved
        if command -v bash; then bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$PROBE_PORT"; printf %s "$PROBE_MARK" >&3'; fi >&2
        if grep -qi ":$PROBE_PORT_HEX " /proc/net/tcp; then escape network "listeners of this machine are seen"; fi
        if grep -q "$PROBE_MARK" /proc/net/unix; then escape network "abstract sockets of this machine are seen"; fi
        if grep -q '^CapEff:.*[1-9a-f]' /proc/self/status; then
          escape privileges "it holds capabilities"
        else
          if mount -o remount,rw /; then escape privileges "the file system was mounted again, writable"; fi
          if mount -t tmpfs none /mnt; then escape privileges "a file system was mounted"; fi
        fi
        if [ -w /proc/sys/kernel/core_pattern ]; then escape kernel-settings "/proc/sys/kernel/core_pattern can be written to"; fi
        if command -v unshare >/dev/null && unshare --user true; then escape user-namespace "one was made"; fi
        if grep -q "$PROBE_MARK" "/proc/$PROBE_OTHER/environ"; then escape other-processes "the environment of another process can be read"; fi
        kill -KILL "$PROBE_OTHER"
        (PROBE_DAEMON=$PROBE_DAEMON_ID setsid sleep 60 </dev/null >/dev/null 2>&1 &)
        echo done
        """;

    private readonly string _folder = RealPath.Of(Directory.CreateTempSubdirectory("pawl-probe-").FullName);
    private readonly string _daemon = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly string _mark;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Process _other;

    private ProbeStage(string mark, Process other)
    {
        _mark = mark;
        _other = other;
    }

    /// <summary>Sets the stage.</summary>
    public static async Task<ProbeStage> OpenAsync(CancellationToken cancellationToken)
    {
        var mark = RandomNumberGenerator.GetHexString(24, lowercase: true);
        var stage = new ProbeStage(mark, StartOther(mark));
        Directory.CreateDirectory(Path.Combine(stage._folder, "tree", ".git"));
        await File.WriteAllTextAsync(stage.GitConfig, Untouched, cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(stage.Secret, mark, cancellationToken).ConfigureAwait(false);
        stage._listener.Start();
        if (OperatingSystem.IsLinux())
        {
            stage._abstract.Bind(new UnixDomainSocketEndPoint("\0" + mark));
            stage._abstract.Listen();
        }

        return stage;
    }

    /// <summary>The command that tries the escapes.</summary>
    public SandboxedCommand Command()
    {
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        return new SandboxedCommand
        {
            Argv = ["/bin/sh", "-c", Script],
            WorkingDirectory = Tree,
            Hidden = [Secret],
            Budget = new CommandBudget { Wall = TimeSpan.FromSeconds(30) },
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PROBE_HOME"] = SomethingAtHome() ?? "",
                ["PROBE_MARK"] = _mark,
                ["PROBE_SECRET"] = Secret,
                ["PROBE_OUTSIDE"] = Outside,
                ["PROBE_PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["PROBE_PORT_HEX"] = port.ToString("X4", CultureInfo.InvariantCulture),
                ["PROBE_OTHER"] = _other.Id.ToString(CultureInfo.InvariantCulture),
                ["PROBE_DAEMON_ID"] = _daemon,
            },
        };
    }

    public string? WrittenOutside() => File.Exists(Path.Combine(Outside, "written")) ? "a file beside the tree was written" : null;

    public string? WrittenToGit() => !File.Exists(GitConfig) || File.ReadAllText(GitConfig) != Untouched ? "the git configuration was changed" : null;

    // Others may knock as well, who take the port for the one that was theirs: only the mark tells that it was the command.
    public string? Reached()
    {
        var said = new byte[_mark.Length];
        while (_listener.Pending())
        {
            using var caller = _listener.AcceptSocket();
            caller.ReceiveTimeout = 1000;
            try
            {
                if (caller.Receive(said) == said.Length && Encoding.ASCII.GetString(said) == _mark) return "a listener on loopback was reached";
            }
            catch (SocketException)
            {
                // Whoever called says nothing, or has left.
            }
        }

        return null;
    }

    public string? Killed() => _other.HasExited ? "another process was killed" : null;

    public string? LeftBehind() => ProcessTable.Read().Exists(p => ProcessTable.HasInEnvironment(p.Id, $"PROBE_DAEMON={_daemon}")) ? "a process outlived the command" : null;

    public void Dispose()
    {
        _listener.Dispose();
        _abstract.Dispose();
        if (!_other.HasExited) _other.Kill();
        _other.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Tree => Path.Combine(_folder, "tree");

    private string Outside => Path.Combine(_folder, "outside");

    private string Secret => Path.Combine(_folder, "secret");

    private string GitConfig => Path.Combine(Tree, ".git", "config");

    private static Process StartOther(string mark)
    {
        // Not with Pawl's own streams: whoever reads them would wait for it where Pawl is killed.
        var start = new ProcessStartInfo("sleep", ["60"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PROBE_OTHER_MARK"] = mark;
        return Process.Start(start)!;
    }

    // A name that really is there: whether an empty folder is hidden cannot be seen.
    private static string? SomethingAtHome()
    {
        foreach (var home in HiddenPlaces.EmptyAndWritable().Where(f => f == HiddenPlaces.Home).Concat(HiddenPlaces.Empty().Where(f => f != "/run")))
        {
            try
            {
                if (Directory.EnumerateFiles(home).FirstOrDefault() is { } file) return file;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's: out of reach for the command as well.
            }
        }

        return null;
    }
}
