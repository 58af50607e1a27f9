import CircleAlert from "lucide-react/icons/circle-exclamation-point";
import { Component, type ReactNode } from "react";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";

interface BoundaryProps {
  children: ReactNode;
  /** When this changes, such as the route, the children are tried again. */
  about?: unknown | undefined;
  /**
   * Shown in place of the children. Without it, an error with a button to reload the page is shown.
   */
  instead?: ReactNode;
}

/** Shows an error in place of children that fail, so that nothing else breaks. */
export class Boundary extends Component<BoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (this.state.failed && before.about !== this.props.about) this.setState({ failed: false });
  }

  override render(): ReactNode {
    const { children, instead } = this.props;
    if (!this.state.failed) return children;
    if (instead !== undefined) return instead;
    const action = (
      <Button variant="primary" onClick={() => location.reload()}>
        {text.failure.reload}
      </Button>
    );
    return (
      <EmptyState icon={<CircleAlert size={28} />} title={text.failure.title} action={action}>
        {text.failure.hint}
      </EmptyState>
    );
  }
}
