using System.Globalization;

namespace Pawl.Changes.Sandboxes;

/// <summary>The programs and arguments that start a command on one rung.</summary>
internal static class Launch
{
    /// <summary>The exit code in a namespace of a command that succeeded and left processes behind; no signal gives it.</summary>
    public const int LeftAfterSuccess = 213;

    /// <summary>The exit code in a namespace of a command that failed and left processes behind.</summary>
    public const int LeftAfterFailure = 214;

    /// <summary>How long what is still there when the command ends has to go by itself.</summary>
    public static readonly TimeSpan LeavingTime = TimeSpan.FromMilliseconds(100);

    // Threads count against the kernel's limit as well, and a program may have many of them.
    private const int ThreadsPerProcess = 16;

    // npm rewrites the index of its cache even to read it, so that one that is read-only gets a copy of the index, a small part of it.
    // The command's parent: in a namespace of its own, where this shell sees every process, it counts those that outlive the command,
    // and once more a moment later, for a helper that is told to end with the command may take until then. That there are any is said by its exit code, which
    // nobody else can give: who is left behind can write to standard error too, and read the mark. So a command's own 213 and 214 become 215 and 216.
    private const string Parent = """
        mark=$1; shift
        if [ -n "$PAWL_NPM_CACHE" ]; then
          mkdir -p "$npm_config_cache/_cacache" && cp -R "$PAWL_NPM_CACHE/index-v5" "$npm_config_cache/_cacache/"
          ln -s "$PAWL_NPM_CACHE/content-v2" "$npm_config_cache/_cacache/content-v2"
          unset PAWL_NPM_CACHE
        fi 2>/dev/null
        "$@"
        code=$?
        count() {
          left=0
          for folder in /proc/[0-9]*; do
            id=${folder#/proc/}
            if [ "$id" = 1 ] || [ "$id" = $$ ]; then continue; fi
            while read -r key value rest; do
              if [ "$key" = State: ]; then
                if [ "$value" != Z ]; then left=$((left + 1)); fi
                break
              fi
            done <"$folder/status"
          done
        } 2>/dev/null
        count
        if [ "$left" != 0 ]; then sleep 0.1 2>/dev/null; count; fi
        printf '\n%s left behind: %s, exit code: %s\n' "$mark" "$left" "$code" >&2
        if [ "$left" != 0 ]; then
          if [ "$code" = 0 ]; then exit 213; else exit 214; fi
        fi
        case $code in 213 | 214) exit $((code + 2)) ;; esac
        exit $code
        """;

    // What must be done while the namespace's own privileges are still there: they are dropped right after.
    private const string Prepare = """
        if [ -n "$1" ]; then "$1" link set lo up; fi 2>/dev/null
        mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys || exit 125
        shift
        exec "$@"
        """;

    /// <summary>The command line. The program has been found at <paramref name="program"/>.</summary>
    public static IReadOnlyList<string> Of(SandboxRung rung, SandboxTools tools, SandboxedCommand command, string program, string mark)
    {
        List<string> line = [];
        if (tools.SetPriv is not null) line.AddRange([tools.SetPriv, "--pdeathsig", "KILL", "--"]);
        if (tools.PrLimit is not null) line.AddRange([tools.PrLimit, "--core=0", $"--fsize={Number(ResourceLimits.AtMost("Max file size", command.Budget.FileBytes))}", "--"]);
        switch (rung)
        {
            case SandboxRung.Bubblewrap: AddBubblewrap(line, tools, command, program); break;
            case SandboxRung.Unshare: AddUnshare(line, tools, command); break;
            default: if (tools.SetSid is not null) line.Add(tools.SetSid); break;
        }

        if (rung != SandboxRung.ProcessGroup)
        {
            if (tools.PrLimit is not null) line.AddRange([tools.PrLimit, $"--nproc={Number(ResourceLimits.AtMost("Max processes", (long)command.Budget.Processes * ThreadsPerProcess))}", "--"]);
            line.AddRange(["/bin/sh", "-c", Parent, "pawl", mark]);
        }

        return [.. line, program, .. command.Argv.Skip(1)];
    }

    // The environment needs no --clearenv: it is bare before bubblewrap starts, and on its command line every user could read it.
    private static void AddBubblewrap(List<string> line, SandboxTools tools, SandboxedCommand command, string program)
    {
        line.AddRange([tools.Bubblewrap!, "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--die-with-parent", "--new-session"]);
        if (command.Network) line.Add("--share-net");
        line.AddRange(BubblewrapView.Arguments(command, program));
        line.AddRange(["--chdir", RealPath.Of(command.WorkingDirectory), "--"]);
    }

    private static void AddUnshare(List<string> line, SandboxTools tools, SandboxedCommand command)
    {
        line.AddRange([tools.Unshare!, "--user", "--map-root-user", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]);
        if (!command.Network) line.Add("--net");
        line.AddRange(["--", "/bin/sh", "-c", "echo 0 >/proc/sys/user/max_user_namespaces || exit 125\n" + Prepare, "pawl", command.Network ? "" : tools.Ip ?? ""]);
        if (tools.SetSid is not null) line.Add(tools.SetSid);
        line.AddRange([tools.SetPriv!, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
