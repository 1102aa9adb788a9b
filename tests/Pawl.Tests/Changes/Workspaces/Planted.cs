using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

/// <summary>Settings, hooks and attributes that run a program as soon as git looks at them; the program leaves a marker.</summary>
internal static class Planted
{
    private static readonly string[] HookNames =
    [
        "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-commit",
        "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update", "proc-receive", "post-receive", "post-update",
        "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite", "sendemail-validate", "fsmonitor-watchman", "post-index-change",
    ];

    private static readonly string[] Settings =
    [
        "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.external", "diff.evil.command", "diff.evil.textconv", "gpg.program",
        "gpg.ssh.program", "core.sshCommand", "credential.helper", "core.pager", "core.editor", "core.askPass", "core.alternateRefsCommand", "merge.evil.driver",
        "uploadpack.packObjectsHook", "core.gitProxy", "sequence.editor", "remote.origin.uploadpack", "remote.origin.receivepack",
    ];

    /// <summary>Puts every setting that runs something into a repository's configuration.</summary>
    public static void Configuration(UserFolder user, string repository)
    {
        foreach (var setting in Settings) UserFolder.GitIn(repository, "config", "--local", setting, user.Attack);
        foreach (var yes in (string[])["commit.gpgSign", "tag.gpgSign", "push.gpgSign", "filter.evil.required"]) UserFolder.GitIn(repository, "config", "--local", yes, "true");
        UserFolder.GitIn(repository, "config", "--local", $"url.ext::sh -c \"{user.Attack}\" %.pushInsteadOf", user[""]);
        UserFolder.GitIn(repository, "config", "--local", $"url.ext::sh -c \"{user.Attack}\" %.insteadOf", "https://");
        UserFolder.GitIn(repository, "config", "--local", "protocol.ext.allow", "always");
    }

    /// <summary>Puts every hook there is into a folder.</summary>
    public static void Hooks(UserFolder user, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in HookNames)
        {
            var file = Path.Combine(folder, name);
            File.WriteAllText(file, $"#!/bin/sh\n{user.Attack}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>That what was planted does run when git is used as a user would: else a test that finds no marker has shown nothing.</summary>
    public static void Bites(UserFolder user, string repository)
    {
        UserFolder.Run("git", repository, "status", "--porcelain");
        Assert.True(File.Exists(user.Marker), "The planted settings did not run even for a git that is not hardened.");
        File.Delete(user.Marker);
    }
}
