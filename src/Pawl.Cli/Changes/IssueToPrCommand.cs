using System.CommandLine;
using Pawl.Changes;

namespace Pawl.Cli.Changes;

/// <summary><c>pawl issue-to-pr ISSUE</c></summary>
internal static class IssueToPrCommand
{
    public static Command Create(CommandContext context)
    {
        var issue = new Argument<string?>("ISSUE") { Description = "A file with the issue, - for standard input, or its address at GitHub, GitLab, Gitea or Forgejo.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("issue-to-pr", "Let a coding agent make the change that an issue asks for: in a sandbox, judged by the gate, proposed on a branch and never merged.") { issue };
        var options = new ChangeOptions();
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = parsed.GetValue(issue);
            if (given is null && options.Simulated(parsed) is null && !options.Resumes(parsed)) return context.Usage("Which issue? Name a file that holds it, or its address at a forge.", command);
            return await ChangeCommand.RunAsync(
                context, command, options, parsed, ChangePurpose.Issue, async token => await IssueSource.ReadAsync(given!, context.Part("forge"), TimeProvider.System, token), cancellationToken);
        });
        return command;
    }
}
