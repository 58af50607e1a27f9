import { lazy, Suspense } from "react";
import { Boundary } from "./layout/boundary.tsx";
import { Toasts } from "./ui/toast.tsx";

const Home = lazy(() => import("./home.tsx").then(({ Home }) => ({ default: Home })));

export function App() {
  return (
    <Boundary>
      <Suspense>
        <Home />
      </Suspense>
      <Toasts />
    </Boundary>
  );
}
